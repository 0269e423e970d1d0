/**
 * `export`: a tenant's rows at a moment, in clear, as files that need no Holdfast. Requested, approved and recorded like every
 * other request (governed-command.ts).
 */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { EXPORT_FORMS, type ExportForm } from '../../lib/domain/export-document.ts';
import { type ExportInput, ExportProof, type SealedExportInput } from '../../lib/domain/export-request.ts';
import { formatTarget, parseTarget } from '../../lib/domain/recovery-target.ts';
import { fetchThere } from '../aws/remote-export.ts';
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
  $ holdfast --profile prod export acme --reason 'letter of 3 May'
  $ holdfast --profile prod export fetch acme 0mfs8t2xk-4k2j9x1q \\
      --output acme-export

The directory must not exist. Its files are readable by you alone, README.txt
says how to load and check them, export.json what is in them and what is not.
docs/export.md describes the formats.`;

export function registerExport(program: Command): void {
  const command = program
    .command('export')
    .description("write a tenant's rows at a moment as SQL, CSV, JSON or Parquet")
    .argument('<tenant>', 'tenant id')
    .option('--out <directory>', 'a directory that does not exist (not on AWS)')
    .option('--to <target>', 'the moment, as for a restore', 'latest')
    .addOption(new Option('--format <format>', 'format of the files').choices([...EXPORT_FORMS]).default('sql'))
    .option('--exclude <table...>', 'leave these tables out, by name')
    .option('--reason <text>', 'why, for the records')
    .option('--ticket <reference>', 'reference in your own system')
    .option('--break-glass', 'execute at once, without approvals; it alarms')
    .option('-y, --yes', 'do not ask for confirmation')
    .addHelpText('after', HELP)
    .action(inSession(exportRows));
  command
    .command('fetch')
    .description('fetch an export that waits on AWS; needs the right to rows')
    .argument('<tenant>', 'tenant id')
    .argument('<request>', 'id of the request')
    .requiredOption('--output <directory>', 'a directory that does not exist yet')
    .action(inSession(fetchRows));
}

interface AskedExport {
  readonly out?: string;
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
  const where = whereTo(session, options);
  await session.ready();
  const { ref } = await askedTenant(session, tenant);
  const input: SealedExportInput & Partial<ExportInput> = {
    target: formatTarget(parseTarget(options.to, { now: session.now(), timeZone: session.zone() })),
    ...{ form: options.format, exclude: options.exclude ?? [], ...where },
  };
  const { request } = await runGoverned(session, {
    ...{ action: 'export', tenant: ref, input, reason, yes, breakGlass },
    ...(ticket !== undefined && { ticket }),
    render: ({ proof }) => renderExport(session, options.out ?? '', ExportProof.parse(proof)),
  });
  if (session.deployed)
    session.remark(`To fetch it then:  ${session.command(`export fetch ${ref} ${request} --output DIRECTORY`)}`);
}

/** On AWS the files are sealed in the vault until they are fetched. */
function whereTo({ deployed }: Session, { out }: AskedExport): { directory?: string } {
  if (deployed === undefined && out !== undefined) return { directory: resolve(out) };
  if (deployed !== undefined && out === undefined) return {};
  if (deployed === undefined)
    throw new InputError('usage', 'An export needs --out.', { hint: 'See `holdfast export --help`.' });
  throw new InputError('usage', 'On AWS an export is written into the vault: --out does not apply.', {
    hint: 'Ask for it without --out, and fetch it with `holdfast export fetch TENANT REQUEST --output DIRECTORY`.',
  });
}

async function fetchRows(
  session: Session,
  tenant: string,
  request: string,
  { output }: { output: string },
): Promise<void> {
  const { deployed } = session;
  if (deployed === undefined)
    throw new InputError('usage', 'On one machine an export is where it was written.', {
      hint: 'Name the installation on AWS with --profile.',
    });
  await fetchThere(session, { tenant, request, directory: resolve(output) }, proof =>
    renderExport(session, output, proof),
  );
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
