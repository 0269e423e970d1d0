/** Snapshots, compactions and verifications by the state machines; their results are read from the catalog. */
import { InputError } from '../../lib/domain/errors.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import type { Workflow } from '../../lib/domain/workflows.ts';
import { type BackupItem, backups } from '../../lib/operations/catalog/catalog-index.ts';
import { refOf } from '../../lib/operations/context.ts';
import type { Deps } from '../../lib/ports.ts';
import { duration, plural, printable, size } from '../terminal/format.ts';
import type { Session } from '../terminal/session.ts';
import { renderTable } from '../terminal/table.ts';
import { executionName, type Remote } from './remote.ts';

export interface RemoteWork {
  readonly workflow: Workflow;
  readonly input: object;
  /** Tenants whose newest snapshot is shown afterwards. */
  readonly tenants: readonly string[];
}

/** Runs it and shows the result. */
export async function remoteFleet(session: Session, remote: Remote, work: RemoteWork): Promise<void> {
  const started = session.now();
  const { execution, output } = await remote.run(work.workflow, work.input);
  const tookMs = session.now().getTime() - started.getTime();
  const tenants = (output as { tenants?: unknown } | null)?.tenants;
  const ok = await newestSnapshots(await session.deps(), work.tenants);
  const document = { workflow: work.workflow, execution, tookMs, tenants: tenants ?? null, snapshots: ok };
  session.emit(document, () => {
    const { style } = session;
    const whom = typeof tenants === 'number' ? `, ${plural(tenants, 'tenant')}` : '';
    const head = `${style.good('✓')} ${work.workflow} succeeded${whom}, in ${duration(tookMs)}  ${style.dim(executionName(execution))}\n`;
    return ok.length === 0 ? head : `${head}\n${renderNewest(session, ok)}`;
  });
}

type Newest = BackupItem & { readonly tenant: string };

async function newestSnapshots(deps: Deps, tenants: readonly string[]): Promise<Newest[]> {
  const found: Newest[] = [];
  for (const tenant of tenants) {
    const items = await backups.list(deps.catalog, refOf(deps, tenantId(tenant)));
    const newest = items.filter(item => item.kind === 'snapshot').at(-1);
    if (newest) found.push({ ...newest, tenant });
  }
  return found;
}

function renderNewest(session: Session, items: readonly Newest[]): string {
  const { style } = session;
  const verified = ({ verified: seen }: Newest) => {
    if (seen === undefined) return style.dim('not yet');
    return seen.ok ? style.good('✓ same') : style.bad('✗ differs');
  };
  return renderTable(
    [
      { head: 'tenant' },
      { head: 'snapshot' },
      { head: 'rows', right: true },
      { head: 'size', right: true },
      { head: 'stored', right: true },
      { head: 'verified' },
    ],
    items.map(item => [
      printable(item.tenant, 40),
      style.dim(item.id),
      item.rows.toLocaleString('en-US'),
      size(item.bytes),
      item.storedBytes === 0 ? '·' : size(item.storedBytes),
      verified(item),
    ]),
    { style },
  );
}

/** InputError `usage`: an option that is supported only on the machine that does the work. */
export function refuseOptions(given: Readonly<Record<string, unknown>>): void {
  const named = Object.entries(given).find(([, value]) => value !== undefined && value !== false);
  if (named === undefined) return;
  throw new InputError('usage', `${named[0]} is not supported for work that runs on AWS.`, {
    hint: 'Leave it out, or add --direct on a machine that reaches the database.',
  });
}
