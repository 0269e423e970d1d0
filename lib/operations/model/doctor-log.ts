/** The doctor's findings about the source of the change log: the publication and the replication slot. */
import { type Finding, finding } from '../../domain/finding.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { Connection } from '../../postgres/connection.ts';
import { readHarmed } from '../../postgres/log/identity-harm.ts';
import { type PublicationState, publicationSql, publicationState } from '../../postgres/log/publication.ts';
import { createSlotSql, slotState } from '../../postgres/log/replication-slot.ts';
import type { ServerHealth } from '../../postgres/server/server-health.ts';
import type { RunItem } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';

/** A slot that retains more WAL than this, in bytes, is reported. */
const MUCH_WAL = 8 * 1024 ** 3;

/** `wanted`: the tables that it should publish. */
export async function examinePublication(
  connection: Connection,
  { publication }: Pick<Context, 'publication'>,
  wanted: readonly TableName[],
): Promise<Finding[]> {
  const state = await publicationState(connection, publication, wanted);
  const sql = publicationSql(publication, wanted, state).map(statement => `${statement};`);
  const harmed = state.exists ? await readHarmed(connection, publication) : [];
  const blocked = harmed.map(({ relation, mend }) =>
    finding(
      'application-blocked',
      'error',
      `UPDATE and DELETE fail in ${relation}: it is published and has no usable replica identity.`,
      { sql: [`${mend};`], safe: true },
    ),
  );
  if (sql.length === 0) return blocked;
  return [...blocked, finding('publication', 'error', lacking(publication, state), { sql, safe: !state.tooWide })];
}

function lacking(publication: string, state: PublicationState): string {
  const unfit = [...state.missing, ...state.filtered];
  if (!state.exists) return `The publication ${publication} does not exist: the change log covers no table.`;
  if (state.tooWide)
    return `The publication ${publication} publishes entire schemas: UPDATE and DELETE fail in tables without a primary key.`;
  if (unfit.length > 0) return `The publication ${publication} does not carry every change of ${unfit.join(', ')}.`;
  return `The publication ${publication} omits kinds of changes, or publishes partitions under their own names or generated columns.`;
}

export async function examineSlot(
  connection: Connection,
  { slot, newest }: Pick<Context, 'slot'> & { readonly newest: RunItem | undefined },
  health: ServerHealth,
): Promise<Finding[]> {
  if (health.standby || health.walLevel !== 'logical') return [];
  const state = await slotState(connection, slot);
  if (state.status === 'missing') return [newest ? lostSlot(slot, newest) : noSlot(slot, health)];
  if (state.status === 'lost') {
    const message = `The replication slot ${slot} has lost WAL (${state.reason}): there is a gap.`;
    const advice = 'Run holdfast ship: it records the gap, creates a new slot and lists the snapshots to take.';
    return [finding('slot-lost', 'error', message, { advice })];
  }
  if (state.retainedBytes < MUCH_WAL) return [];
  const message = `The slot ${slot} keeps ${(state.retainedBytes / 1024 ** 3).toFixed(1)} GiB of WAL on the source.`;
  return [
    finding('slot-behind', 'warning', message, { advice: 'Run holdfast ship, and find out why it does not keep up.' }),
  ];
}

/** The log has begun: only the shipper makes the next slot, with the gap before it. */
function lostSlot(slot: string, { toTime }: RunItem): Finding {
  const message = `The replication slot ${slot} is gone: the change log ends at ${toTime}.`;
  const advice = 'Run holdfast ship: it records the gap, creates a new slot and lists the snapshots to take.';
  return finding('slot-lost', 'error', message, { advice });
}

function noSlot(slot: string, { freeSlots, version }: ServerHealth): Finding {
  const message = `There is no replication slot ${slot}: nothing is recoverable between snapshots.`;
  const sql = [`${createSlotSql(slot, version)};`];
  if (freeSlots > 0) return finding('slot-missing', 'error', message, { sql, safe: true });
  const advice = 'Drop a slot that nobody reads, or raise max_replication_slots and restart the server.';
  return finding('no-free-slot', 'error', `${message} All of max_replication_slots are in use.`, { advice });
}
