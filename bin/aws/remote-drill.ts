/**
 * `drill` on AWS: the state machine run-drill tries recovery; what it came to is read from the signed record. Invariant: an
 * execution that ends without a record is an error here.
 */
import * as z from 'zod';
import type { DrillRecord } from '../../lib/domain/drill.ts';
import type { DrillRequest } from '../../lib/domain/drill-steps.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { findDrill } from '../../lib/operations/storage/drill-records.ts';
import type { Session } from '../terminal/session.ts';
import type { Remote } from './remote.ts';

const Output = z.union([z.object({ due: z.literal(false) }), z.object({ drill: z.string() })]);

/** Undefined where none is due. InputError `no-drills` where the deployment has none; fails as the execution fails. */
export async function drillThere(
  session: Pick<Session, 'deps'>,
  remote: Pick<Remote, 'installation' | 'run'>,
  request: DrillRequest,
): Promise<DrillRecord | undefined> {
  const { description } = await remote.installation();
  if (description.workflows['run-drill'] === undefined)
    throw new InputError('no-drills', `There are no drills in ${description.functions.region}.`, {
      hint: 'Add the section `drills` to the deployment (docs/drills.md); in a standby name the primary region with --region.',
    });
  const { output } = await remote.run('run-drill', request, { unit: 'tenants' });
  const ended = Output.parse(output);
  if ('due' in ended) return undefined;
  return (await findDrill(await session.deps(), ended.drill)).record;
}

/** Whether tenants can be restored from another region alone. */
export async function drillsRegionThere(remote: Pick<Remote, 'installation'>): Promise<boolean> {
  const { operations } = await (await remote.installation()).open();
  return operations.drills?.region !== undefined;
}
