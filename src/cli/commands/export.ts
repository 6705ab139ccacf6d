import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Argument, type Command } from 'commander';
import { BulkError } from '../../bulk/bulk-error.js';
import { type BulkKind, bulkKinds } from '../../bulk/bulk-kind.js';
import { exportRows } from '../../bulk/export-rows.js';
import { withClient } from '../../database/with-client.js';
import { schemaOfTenant } from '../../tenancy/schema-of-tenant.js';
import { withDatabase } from '../with-database.js';

interface ExportFlags {
  tenant?: string;
  output?: string;
}

/** Adds `pier2 export`. */
export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('Writes all things of a kind, one JSON object a line, as `pier2 import` reads them.')
    .addArgument(new Argument('<kind>', 'what to export').choices(bulkKinds))
    .option('--tenant <name>', 'the shop; without it, the default one')
    .option('--output <file>', 'file to write; without it, standard output')
    .action(exportTo);
}

async function exportTo(kind: BulkKind, { tenant, output }: ExportFlags): Promise<void> {
  await withDatabase(async ({ url }, signal) => {
    const schema = await withClient(url, client => schemaOfTenant(client, tenant));
    const target = output === undefined ? process.stdout : await openOutput(output);
    try {
      const count = await exportRows(url, kind, target, { schema, signal });
      console.error(`Exported ${count.toLocaleString('en')} ${kind}.`);
    } catch (error) {
      throw explain(error, signal);
    }
  });
}

async function openOutput(file: string) {
  const handle = await open(file, 'w').catch((error: NodeJS.ErrnoException) => {
    throw new BulkError(`${file} cannot be written (${error.code}); give another file to --output.`);
  });
  return createWriteStream(file, { fd: handle });
}

function explain(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return new BulkError('Stopped before the end; what was written is not whole.');
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new BulkError('The reader of the output went away before the end; what it got is not whole.');
  }
  return code === 'ENOSPC' ? new BulkError('The disk is full; make room, and export again.') : error;
}
