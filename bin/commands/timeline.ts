/** `timeline`: draws a tenant's recovery window. */
import type { Command } from 'commander';
import { tenantId } from '../../lib/domain/tenant.ts';
import { timeline as readTimeline } from '../../lib/operations/catalog/timeline.ts';
import { askedTenant, labelsFor } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTimeline } from '../terminal/timeline-picture.ts';

export function registerTimeline(program: Command): void {
  program
    .command('timeline')
    .description('show the recovery window, with gaps and markers')
    .argument('<tenant>', 'tenant id or name')
    .addHelpText('after', '\nExamples:\n  $ holdfast timeline 17\n  $ holdfast timeline 17 --json')
    .action(inSession(timeline));
}

async function timeline(session: Session, tenant: string): Promise<void> {
  const { id } = await askedTenant(session, tenant);
  const found = await readTimeline(await session.deps(), tenantId(id));
  const label = (await labelsFor(session, tenantId(id))).get(id);
  const reading = { style: session.style, now: session.now(), zone: session.zone(), columns: session.columns };
  session.emit({ tenantId: id, ...(label !== undefined && { label }), ...found }, () =>
    renderTimeline(id, found, { ...reading, ...(label !== undefined && { label }) }),
  );
}
