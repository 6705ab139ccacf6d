import { Argument, type Command } from 'commander';
import { BulkError } from '../../bulk/bulk-error.js';
import { type BulkKind, bulkKinds } from '../../bulk/bulk-kind.js';
import type { ImportSummary } from '../../bulk/import-file.js';
import { RefusedFile } from '../../bulk/refused-file.js';
import type { RefusedRow } from '../../bulk/refusal.js';
import { ProgressBar } from '../progress-bar.js';
import { JsonReport } from '../reports/json-report.js';
import { type ImportReport, TextReport } from '../reports/text-report.js';
import { withClient } from '../../database/with-client.js';
import { schemaOfTenant } from '../../tenancy/schema-of-tenant.js';
import { withDatabase } from '../with-database.js';

interface ImportFlags {
  tenant?: string;
  errors?: string;
  json?: boolean;
  actor: string;
}

/** Adds `pier2 import`. */
export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description(
      'Imports a file with one JSON object a line, and goes on where an import of the same file was interrupted.',
    )
    .addArgument(new Argument('<kind>', 'what to import').choices(bulkKinds))
    .argument('<file>', 'the file; standard input cannot be resumed, so it is not taken')
    .option('--tenant <name>', 'the shop; without it, the default one')
    .option('--errors <file>', 'file for all refused rows, one JSON object a line')
    .option('--json', 'write the summary and the refused rows as JSON to standard output')
    .option('--actor <name>', 'who imports, for the history', 'pier2 import')
    .action(importFrom);
}

async function importFrom(kind: BulkKind, file: string, { tenant, errors, json, actor }: ImportFlags): Promise<void> {
  if (file === '-') {
    throw new BulkError(
      'Standard input cannot be read again after an interruption; write it to a file and import that.',
    );
  }
  if (actor.trim() === '' || actor.length > 200) {
    throw new BulkError('--actor should have 1 to 200 characters.');
  }
  const report: ImportReport = json ? new JsonReport() : new TextReport(errors);
  const summary = await withDatabase(async ({ url }, signal) => {
    const schema = await withClient(url, client => schemaOfTenant(client, tenant));
    return run(url, { kind, file, schema, errors, actor, signal, report });
  });
  await report.end(summary);
  process.exitCode = summary.importedBefore || summary.refused === 0 ? 0 : 1;
}

interface Run {
  kind: BulkKind;
  file: string;
  schema: string;
  errors: string | undefined;
  actor: string;
  signal: AbortSignal;
  report: ImportReport;
}

async function run(url: string, { errors, report, ...options }: Run): Promise<ImportSummary & { seconds: number }> {
  // Loaded now, since it takes a second, and what is wrong with the command should be told at once.
  const { importFile } = await import('../../bulk/import-file.js');
  const started = Date.now();
  const bar = new ProgressBar();
  let refusedFile: RefusedFile | undefined;
  let shown: readonly RefusedRow[] = [];
  try {
    const summary = await importFile(url, {
      ...options,
      onWaiting: () => console.error('Another import of this file is running; waiting for it to end.'),
      onStart: async linesDone => {
        refusedFile = errors === undefined ? undefined : await RefusedFile.open(errors, linesDone);
        report.start(linesDone);
      },
      onRefused: async rows => {
        await refusedFile?.write(rows);
        shown = rows;
      },
      onProgress: async ({ bytes, totalBytes, lines }) => {
        bar.show(bytes, totalBytes, lines);
        await report.refuse(shown);
      },
    });
    return { ...summary, seconds: Math.round((Date.now() - started) / 100) / 10 };
  } finally {
    bar.stop();
    await refusedFile?.close();
  }
}
