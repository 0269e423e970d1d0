/**
 * `export`: a tenant's rows at a moment, in clear, as files that need no Holdfast. Requested, approved and recorded like every
 * other request (governed-command.ts).
 */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { EXPORT_FORMS, type ExportForm } from '../../lib/domain/export-document.ts';
import { type ExportInput, ExportProof } from '../../lib/domain/export-request.ts';
import { formatTarget, parseTarget } from '../../lib/domain/recovery-target.ts';
import { count, plural, printable, size } from '../terminal/format.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTable } from '../terminal/table.ts';
import { runGoverned } from './governed-command.ts';

const HELP = `
Examples:
  $ holdfast export acme --out acme-export --reason 'letter of 3 May'
  $ holdfast export acme --to '2026-05-01 12:00' --format csv --out acme-csv \\
      --reason 'customer asked for it'

The directory must not exist. Its files are readable by you alone, README.txt
says how to load and check them, export.json what is in them and what is not.
docs/export.md describes the formats.`;

export function registerExport(program: Command): void {
  program
    .command('export')
    .description("write a tenant's rows at a moment as SQL, CSV, JSON or Parquet")
    .argument('<tenant>', 'tenant id')
    .requiredOption('--out <directory>', 'a directory that does not exist yet')
    .option('--to <target>', 'the moment, as for a restore', 'latest')
    .addOption(new Option('--format <format>', 'format of the files').choices([...EXPORT_FORMS]).default('sql'))
    .option('--exclude <table...>', 'leave these tables out, by name')
    .option('--reason <text>', 'why, for the records')
    .option('--ticket <reference>', 'reference in your own system')
    .option('--break-glass', 'execute at once, without approvals; it alarms')
    .option('-y, --yes', 'do not ask for confirmation')
    .addHelpText('after', HELP)
    .action(inSession(exportRows));
}

interface AskedExport {
  readonly out: string;
  readonly to: string;
  readonly format: ExportForm;
  readonly exclude?: string[];
  readonly reason?: string;
  readonly ticket?: string;
  readonly breakGlass?: true;
  readonly yes?: true;
}

async function exportRows(session: Session, tenant: string, options: AskedExport): Promise<void> {
  const { ticket, yes = false, breakGlass = false } = options;
  const reason = reasonOf(options);
  await session.ready();
  const { ref } = await askedTenant(session, tenant);
  const input: ExportInput = {
    target: formatTarget(parseTarget(options.to, { now: session.now(), timeZone: session.zone() })),
    ...{ form: options.format, exclude: options.exclude ?? [], directory: resolve(options.out) },
  };
  await runGoverned(session, {
    ...{ action: 'export', tenant: ref, input, reason, yes, breakGlass },
    ...(ticket !== undefined && { ticket }),
    render: ({ proof }) => renderExport(session, options.out, ExportProof.parse(proof)),
  });
}

function reasonOf({ reason }: AskedExport): string {
  if (reason !== undefined && reason.trim() !== '') return reason;
  throw new InputError('usage', 'An export needs --reason.', { hint: 'See `holdfast export --help`.' });
}

function renderExport({ style, columns }: Session, out: string, proof: ExportProof): string {
  const rows = proof.tables.map(({ table, rows: number, files }) => [
    printable(table),
    count(number),
    files.join(', '),
  ]);
  const heads = [{ head: 'table' }, { head: 'rows', right: true }, { head: 'file' }];
  const total = [plural(proof.tables.length, 'table'), count(proof.rows), size(proof.bytes)];
  const left = `Not in it: ${plural(proof.leftOut.length, 'item')}, listed in README.txt and export.json.\n`;
  return `${renderTable(heads, rows, { style, total, columns })}${left}Written and read back: ${printable(out, 200)}\n`;
}
