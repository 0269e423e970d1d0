/**
 * Fail-overs of an installation on AWS: the state of the regions, what a fail-over to this one would lose, and the records,
 * asked of the entry of the region that takes over. Asking for a fail-over goes the way of every request (remote-request.ts).
 */
import * as z from 'zod';
import { RegionsDocument } from '../../lib/api/documents/failover-documents.ts';
import { type FailoverInput, FailoverPlan, FailoverRecord } from '../../lib/domain/failover.ts';
import { describeFailover } from '../../lib/operations/failover/plan-failover.ts';
import type { RegionStatus } from '../../lib/operations/failover/region-status.ts';
import type { RegionsQuestion } from '../../lib/runtime/action-call.ts';
import type { DeployedInstallation } from '../../lib/runtime/installation.ts';
import { renderRegions } from '../terminal/failover-text.ts';
import type { Session } from '../terminal/session.ts';

type Deployed = () => Promise<DeployedInstallation>;

async function ask<A>(deployed: Deployed, question: RegionsQuestion, answer: z.ZodType<A>): Promise<A> {
  const { askRegions } = await import('../../lib/runtime/action-call.ts');
  return askRegions(await deployed(), question, answer);
}

/** Throws what askRegions() throws. */
export function regionsThere(deployed: Deployed): Promise<RegionStatus> {
  return ask(deployed, { show: 'status' }, RegionsDocument);
}

export async function showRegionsThere(session: Session, deployed: Deployed, question: RegionsQuestion): Promise<void> {
  const status = await ask(deployed, question, RegionsDocument);
  session.emit(status, () => renderRegions(session, status));
}

export async function showPlanThere(session: Session, deployed: Deployed, input: FailoverInput): Promise<void> {
  const plan = await ask(deployed, { show: 'plan', input }, FailoverPlan);
  session.emit(plan, () => `${describeFailover(plan).join('\n')}\n`);
}

export async function recordsThere(deployed: Deployed): Promise<FailoverRecord[]> {
  return (await ask(deployed, { show: 'records' }, z.object({ records: z.array(FailoverRecord) }))).records;
}
