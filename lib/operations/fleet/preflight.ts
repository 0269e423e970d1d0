/**
 * Examines a deployed installation before its schedules run: the network, the keys, the vault with its locks, the catalog,
 * notices, the database with all that the doctor looks at, the stream of the change log, and the account's limits. Every
 * problem is a finding, never an error, so that one look shows all of them. It leaves nothing behind but the system's
 * digest key and the auditors' key, which the first run of the shipper would make.
 */
import { WORKFLOW_ERRORS } from '../../domain/error-kind.ts';
import { HoldfastError, workflowErrorOf } from '../../domain/errors.ts';
import { type Finding, finding, worstFirst } from '../../domain/finding.ts';
import { digestKeyKey } from '../../domain/object-key.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import { connectForReplication, withConnection } from '../../postgres/connection.ts';
import { readTlsUse } from '../../postgres/server/server-health.ts';
import { runs } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../in-parallel.ts';
import { doctor } from '../model/doctor.ts';
import { ensureAuditorsKey } from '../storage/auditors-key.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';
import { recordFleetRun } from './fleet-runs.ts';

export interface PreflightSubject {
  /** Services that the functions need, and whether each can be reached. */
  readonly services: readonly { readonly name: string; readonly reached: () => Promise<boolean> }[];
  /** Opens vault, keys and catalog. */
  readonly openStorage: () => Promise<StorageContext>;
  /** Adds the database's address with its password or token. */
  readonly openSource: () => Promise<Context>;
  /** Concurrent executions of functions: those that the account has left, and those that a fleet run uses. */
  readonly concurrency: { readonly left: number | null; readonly used: number };
  /** TLS to the database is switched on. */
  readonly tls: boolean;
}
type StorageContext = Omit<Context, 'source'>;

export interface PreflightReport {
  /** True where nothing is an error. */
  readonly ok: boolean;
  /** The worst first, at most as many as a state machine can pass on. */
  readonly findings: readonly Finding[];
  readonly leftOut: number;
}

/** With their SQL they stay below the 256 KB that a state machine passes on. */
const MOST_FINDINGS = 60;

/**
 * Sends one notice with the numbers. Throws only what may settle by itself after a deployment (a role that is not yet
 * effective), unless `settled`.
 */
export async function preflight(examined: PreflightSubject, settled = true): Promise<PreflightReport> {
  const found = await examine(examined, settled);
  const told = found.storage ? await tell(found.storage, found.findings) : [];
  const noted = found.storage ? await noteRun(found.storage) : [];
  const findings = worstFirst([...told, ...noted, ...found.findings]);
  return {
    ok: findings.every(({ severity }) => severity !== 'error'),
    findings: findings.slice(0, MOST_FINDINGS),
    leftOut: Math.max(0, findings.length - MOST_FINDINGS),
  };
}

async function examine(examined: PreflightSubject, settled: boolean) {
  const attempt = attempting(settled);
  const network = await examineServices(examined);
  const storage = await attempt('storage-closed', 'The vault, the keys or the catalog cannot be opened', () =>
    examined.openStorage(),
  );
  const stored = storage.value ? await examineStorage(storage.value, attempt) : [];
  const database = await examineDatabase(examined, attempt);
  const limits = examineConcurrency(examined.concurrency);
  return {
    storage: storage.value,
    findings: worstFirst([...network, ...storage.findings, ...stored, ...database, ...limits]),
  };
}

async function examineServices({ services }: PreflightSubject): Promise<Finding[]> {
  const found = await inParallel(services.length, services, async ({ name, reached }) =>
    (await reached())
      ? []
      : [
          finding(
            'endpoint-unreachable',
            'error',
            `The functions cannot reach ${name} from the network of the database.`,
            {
              advice: `Create a VPC endpoint for ${name} whose security group admits that of the functions, or a route through NAT.`,
            },
          ),
        ],
  );
  return found.flat();
}

/** What the shipper does before its first run, one thing after another: each needs the one before. */
async function examineStorage(ctx: StorageContext, attempt: Attempting): Promise<Finding[]> {
  const catalog = await attempt('catalog-closed', 'The catalog cannot be read', () => runs.latest(ctx.catalog));
  const signed = await attempt('cannot-sign', 'Manifests cannot be signed and verified', async () => {
    const text = Buffer.from('preflight');
    return ctx.signer.verify(text, await ctx.signer.sign(text), ctx.signer.keyId);
  });
  const refused =
    signed.value === false ? [finding('cannot-sign', 'error', 'A signature of the signing key does not verify.')] : [];
  const written = await attempt('cannot-write', 'The vault cannot be written under the system’s key', () =>
    ensureDigestKey(ctx, SYSTEM),
  );
  const audited = await attempt('cannot-write', "The auditors' key cannot be made", () => ensureAuditorsKey(ctx));
  const lock = written.value
    ? await attempt('cannot-read-lock', 'Locks of objects cannot be read', () => lockOf(ctx))
    : NONE;
  return [
    ...catalog.findings,
    ...signed.findings,
    ...refused,
    ...written.findings,
    ...audited.findings,
    ...lock.findings,
    ...(lock.value ?? []),
  ];
}

async function lockOf({ vault, clock }: StorageContext): Promise<Finding[]> {
  const stored = await vault.head(digestKeyKey(SYSTEM));
  if (stored !== undefined && stored.retainUntil > clock.now()) return [];
  return [
    finding('not-locked', 'error', 'An object that was written under a lock is not locked.', {
      advice: 'Check that the bucket has Object Lock, and that nothing between removes the retention.',
    }),
  ];
}

async function examineDatabase(examined: PreflightSubject, attempt: Attempting): Promise<readonly Finding[]> {
  const opened = await attempt('no-login', 'The login of the database cannot be read', () => examined.openSource());
  const ctx = opened.value;
  if (ctx === undefined) return opened.findings;
  const { catalog, source, model, slot, publication, policyQuery } = ctx;
  const report = await attempt('database-closed', 'The database cannot be examined', () =>
    doctor({ catalog, source, model, slot, publication, ...(policyQuery && { policyQuery }) }),
  );
  if (report.value === undefined) return report.findings;
  const stream = await attempt('no-log-stream', 'The connection for the change log is refused', async () => {
    const connection = await connectForReplication(source, 'preflight');
    await connection.end();
  });
  const secure = await attempt('database-closed', 'The database cannot be examined', () =>
    withConnection(source, 'preflight', readTlsUse),
  );
  const plain = finding(
    'without-tls',
    examined.tls ? 'error' : 'warning',
    'The connection to the database is not encrypted.',
    {
      advice: 'Set source.tls, and rds.force_ssl = 1 in the parameter group.',
    },
  );
  return [...report.value.findings, ...stream.findings, ...secure.findings, ...(secure.value === false ? [plain] : [])];
}

function examineConcurrency({ left, used }: PreflightSubject['concurrency']): Finding[] {
  if (left === null) {
    const message = 'The limit of concurrent Lambda executions could not be read.';
    return [finding('limits-unknown', 'info', message)];
  }
  if (left >= used) return [];
  const message = `The account has ${left} concurrent Lambda executions left, and a fleet run uses up to ${used}: functions are throttled, and retried.`;
  const advice = 'Request a higher quota, or lower fleet.concurrentTenants and fleet.concurrentParts.';
  return [finding('few-concurrent-executions', 'warning', message, { advice })];
}

/** An earlier preflight that failed is mended by one that ran. */
async function noteRun(ctx: StorageContext): Promise<readonly Finding[]> {
  const run = { workflow: 'preflight', reason: 'manual', startedAt: ctx.clock.now().toISOString() };
  const noted = await attempting(true)('catalog-closed', 'The catalog cannot be written', () =>
    recordFleetRun(ctx, run),
  );
  return noted.findings;
}

async function tell({ notifier }: StorageContext, findings: readonly Finding[]): Promise<readonly Finding[]> {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const message =
    errors.length === 0
      ? 'The preflight found nothing that stops backups.'
      : `The preflight found ${errors.length} problems: backups will fail or be incomplete.`;
  const codes = [...new Set(errors.map(({ code }) => code))];
  const sent = await attempting(true)('no-notices', 'Notices cannot be sent', () =>
    notifier.notify({
      severity: errors.length === 0 ? 'info' : 'alarm',
      ...{ code: 'preflight', message, details: { codes, findings: findings.length } },
    }),
  );
  return sent.findings;
}

interface Attempt<T> {
  readonly value?: T;
  readonly findings: readonly Finding[];
}
const NONE: Attempt<never> = { findings: [] };

type Attempting = <T>(code: string, what: string, work: () => Promise<T>) => Promise<Attempt<T>>;

/** An error that is not ours may quote anything: only its name is told. */
function attempting(settled: boolean): Attempting {
  return async (code, what, work) => {
    try {
      return { value: await work(), findings: [] };
    } catch (error) {
      const known = error instanceof HoldfastError ? error : undefined;
      if (known && !settled && workflowErrorOf(known) === WORKFLOW_ERRORS.settling) throw known;
      const why = known ? `${known.message} [${known.code}]` : `${(error as Error).name}.`;
      return { findings: [finding(code, 'error', `${what}: ${why}`, known ? { advice: known.hint } : {})] };
    }
  };
}
