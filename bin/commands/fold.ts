/** `fold`: compacts shipped changes into incrementals, so that a restore reads less. */
import type { Command } from 'commander';
import { tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { inPriority, knownTiers } from '../../lib/operations/fleet/in-priority.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { remoteFleet } from '../aws/remote-fleet.ts';
import { count, plural, printable, size } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTable } from '../terminal/table.ts';

export function registerFold(program: Command): void {
  program
    .command('fold')
    .description('compact shipped changes into incrementals')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast fold\n\nRun it every hour. It makes restores faster; the recoverable moments stay the\nsame.',
    )
    .action(inSession(fold));
}

async function fold(session: Session): Promise<void> {
  if (session.remote) {
    const input = { changed: true, reason: 'manual' };
    return remoteFleet(session, session.remote, { workflow: 'fold-incrementals', input, tenants: [] });
  }
  const ctx = await session.context();
  const listed = await tenants.list(ctx.catalog);
  const refs = listed.map(({ ref }) => ref);
  const order = await inPriority(ctx, refs, 'fold-incrementals', await knownTiers(ctx));
  const results = await foldIncrementals(ctx, { tenants: order.flat() });
  const names = new Map(listed.map(({ ref, tenantId }) => [ref, tenantId ?? ref]));
  const incrementals = results.map(result => ({ ...result, tenant: names.get(result.tenant) ?? result.tenant }));
  session.emit({ incrementals }, () => {
    if (incrementals.length === 0) return 'Nothing to compact: no tenant has changed.\n';
    const rows = incrementals.map(item => [
      printable(item.tenant, 40),
      session.style.dim(item.id),
      count(item.changes),
      size(item.storedBytes),
    ]);
    const total = [
      plural(rows.length, 'tenant'),
      '',
      count(sum(incrementals.map(item => item.changes))),
      size(sum(incrementals.map(item => item.storedBytes))),
    ];
    return renderTable(
      [
        { head: 'tenant' },
        { head: 'incremental' },
        { head: 'net changes', right: true },
        { head: 'stored', right: true },
      ],
      rows,
      { style: session.style, total },
    );
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
