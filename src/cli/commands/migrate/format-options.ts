import { type Command, Option } from 'commander';
import type { Format } from '../../../migrate/lint/formats.js';

/** Adds the options that say how findings are told. */
export function addFormatOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>', 'how findings are told')
        .choices(['text', 'json', 'sarif', 'github'] satisfies Format[])
        .default('text'),
    )
    .option('--json', 'the same as --format json');
}
