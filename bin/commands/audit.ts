/**
 * `audit`: who asked for what, what was decided and what was done; `audit verify` proves it, `audit anchor` signs where
 * the chains end, `audit export` writes them for others.
 */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { AUDIT_OUTCOMES, type AuditOutcome } from '../../lib/domain/audit-event.ts';
import { InputError } from '../../lib/domain/errors.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import { SYSTEM, type TenantRef } from '../../lib/domain/tenant.ts';
import { tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { anchorAudit } from '../../lib/operations/governance/anchor-audit.ts';
import { EXPORT_FORMATS, type ExportFormat, exportAudit } from '../../lib/operations/governance/export-audit.ts';
import { pageAudit } from '../../lib/operations/governance/page-audit.ts';
import type { AuditFilter } from '../../lib/operations/governance/read-audit.ts';
import { verifyAudit } from '../../lib/operations/governance/verify-audit.ts';
import { renderAnchored, renderAuditVerification, renderEvents } from '../terminal/audit-text.ts';
import { plural } from '../terminal/format.ts';
import { positiveInteger, typedTime } from '../terminal/log-range.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';

interface AuditOptions {
  readonly system?: true;
  readonly from?: string;
  readonly to?: string;
  readonly who?: string;
  readonly action?: string;
  readonly outcome?: AuditOutcome;
  readonly limit: number;
}

interface ExportOptions {
  readonly format: ExportFormat;
  readonly output: string;
}

export function registerAudit(program: Command): void {
  const audit = program
    .command('audit')
    .description('show who requested, decided and did what, and prove it')
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast audit acme\n  $ holdfast audit --outcome denied --from '7 days ago'\n  $ holdfast audit verify\n\n`holdfast audit` shows events: `holdfast audit show --help` lists its options.",
    );
  registerAuditShow(audit);
  audit
    .command('verify')
    .description('prove that no event is missing, altered or out of place')
    .argument('[tenant]', 'tenant id (default: all)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast audit verify\n  $ holdfast audit verify acme --json\n\nExit code 3 if anything is wrong. Events after the last anchor are proved not to\nbe altered; that none were removed after them is proved by the next anchor.',
    )
    .action(inSession(verify));
  audit
    .command('anchor')
    .description('sign where every chain ends; run it daily')
    .addHelpText('after', '\nExamples:\n  $ holdfast audit anchor')
    .action(inSession(anchor));
  audit
    .command('export')
    .description('write events with their proof, or for a SIEM')
    .argument('[tenant]', 'tenant id (default: all)')
    .addOption(
      new Option('--format <format>', 'jsonl: with proof; ocsf: OCSF API Activity')
        .choices(EXPORT_FORMATS)
        .default('jsonl'),
    )
    .requiredOption('--output <file>', 'file to write; replaced if it exists')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast audit export acme --output acme-audit.jsonl\n  $ holdfast audit export --format ocsf --output audit.ocsf.jsonl\n  $ holdfast audit public-key > holdfast.pem\n  $ python3 examples/verify-audit/verify_export.py \\\n      acme-audit.jsonl holdfast.pem',
    )
    .action(inSession(exportEvents));
  audit
    .command('public-key')
    .description('print the public key that verifies signatures')
    .addHelpText('after', '\nExamples:\n  $ holdfast audit public-key > holdfast.pem')
    .action(inSession(publicKey));
}

function registerAuditShow(audit: Command): void {
  audit
    .command('show', { isDefault: true })
    .description('show events, newest first')
    .argument('[tenant]', 'tenant id (default: every chain of the installation)')
    .option('--system', 'only events that concern no tenant')
    .option('--from <time>', 'events from then on')
    .option('--to <time>', 'events before then')
    .option('--who <text>', 'part of the name of who acted')
    .option('--action <action>', 'for example restore, approve, hold')
    .addOption(new Option('--outcome <outcome>', 'what became of it').choices(AUDIT_OUTCOMES))
    .option('--limit <n>', 'show at most n', positiveInteger, 50)
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast audit acme\n  $ holdfast audit acme --who ada --action restore --limit 500\n  $ holdfast audit --outcome denied --from '7 days ago'\n\nEvery event is verified before it is shown.",
    )
    .action(inSession(show));
}

async function show(session: Session, named: string | undefined, options: AuditOptions): Promise<void> {
  await session.ready();
  const deps = await session.deps();
  const tenant = options.system ? SYSTEM : await refNamed(session, named);
  if (options.system && named !== undefined)
    throw new InputError('usage', '--system and a tenant exclude each other.', { hint: 'Leave one of them out.' });
  const filter = filterOf(session, options);
  const { events: listed, next } = await pageAudit(deps, { tenant, filter, limit: options.limit });
  const more = next !== null;
  const events = listed.map(({ event }) => event);
  const document = { events: listed.map(({ event, key, sha256 }) => ({ ...event, key, sha256 })), more };
  const names =
    tenant === undefined
      ? await namesOf(
          deps,
          events.map(event => event.tenant),
        )
      : undefined;
  const nameOf = names && ((event: { tenant: TenantRef }) => names.get(event.tenant) ?? event.tenant);
  session.emit(document, () => renderEvents({ events, more }, nameOf, session));
}

async function verify(session: Session, named: string | undefined): Promise<void> {
  await session.ready();
  const deps = await session.deps();
  const tenant = await refNamed(session, named);
  // On AWS the weekly verification alarms: whoever reads the trail need not be allowed to.
  const notifier = session.deployed ? session.ports.notifier : deps.notifier;
  const found = await verifyAudit({ ...deps, notifier }, tenant === undefined ? {} : { tenants: [tenant] });
  if (found.problems.length > 0) session.exitWith(3);
  session.emit(found, () => renderAuditVerification(found, session));
}

async function anchor(session: Session): Promise<void> {
  const made = await anchorAudit(await session.storage(), await principalOf(session));
  if (made.contradictions.length > 0) session.exitWith(3);
  session.emit(made, () => renderAnchored(made, session.style));
}

async function exportEvents(session: Session, named: string | undefined, options: ExportOptions): Promise<void> {
  const { format, output: file } = options;
  const tenant = await refNamed(session, named);
  let lines = 0;
  async function* text() {
    for await (const line of exportAudit(await session.deps(), format, tenant)) {
      lines += 1;
      yield `${line}\n`;
    }
  }
  // The name is only ever that of a complete file.
  const unfinished = `${file}.part`;
  try {
    const to = createWriteStream(unfinished, { mode: 0o600 });
    await pipeline(Readable.from(text()), to).catch(asWriteFailure(file));
    await rename(unfinished, file).catch(asWriteFailure(file));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  session.emit(
    { file, format, lines },
    () => `${session.style.good('✓ Written')} ${plural(lines, 'line')} to ${file}\n`,
  );
}

async function publicKey(session: Session): Promise<void> {
  const { signer } = await session.deps();
  const pem = await signer.publicKey();
  session.emit({ keyId: signer.keyId, publicKey: pem }, () => pem);
}

async function refNamed(session: Session, named: string | undefined): Promise<TenantRef | undefined> {
  return named === undefined ? undefined : (await askedTenant(session, named)).ref;
}

function filterOf(session: Session, { from, to, who, action, outcome }: AuditOptions): AuditFilter {
  return {
    ...(from !== undefined && { from: typedTime(session, from) }),
    ...(to !== undefined && { to: typedTime(session, to) }),
    ...(who !== undefined && { who }),
    ...(action !== undefined && { action }),
    ...(outcome !== undefined && { outcome }),
  };
}

/** Ids of the tenants that the catalog knows. */
async function namesOf(
  { catalog }: Awaited<ReturnType<Session['deps']>>,
  refs: readonly TenantRef[],
): Promise<ReadonlyMap<TenantRef, string>> {
  const known = await tenants.among(catalog, [...new Set(refs)]);
  return new Map([...known].flatMap(([ref, { tenantId }]) => (tenantId === null ? [] : [[ref, tenantId]])));
}

async function principalOf(session: Session): Promise<Principal> {
  const proof = session.deployed ? 'iam' : 'operating-system';
  return { name: await session.user(), proof, roles: [], tenants: [] };
}

function asWriteFailure(file: string): (cause: NodeJS.ErrnoException) => never {
  return cause => {
    if (cause.syscall === undefined) throw cause;
    throw new InputError('cannot-write-file', `${file} cannot be written (${cause.code}).`, {
      hint: 'Check that its directory exists, and its permissions.',
      cause,
    });
  };
}
