/** Alarms in the catalog, which a person acknowledges so that they are not escalated. */
import { Alarm, alarmAfter, alarmId, isShown } from '../../domain/alarm.ts';
import { InputError } from '../../domain/errors.ts';
import type { HoldfastEvent } from '../../domain/event.ts';
import type { Deps } from '../../ports.ts';
import { wroteFirst } from './kept-messages.ts';

type AlarmDeps = Pick<Deps, 'catalog' | 'clock'>;

const ALARMS = 'alarms';

/** Notes that the alarm was raised, or is over. */
export async function noteAlarm(deps: AlarmDeps, event: HoldfastEvent): Promise<void> {
  if (event.severity === 'info' && !event.ended) return;
  await changeAlarm(deps, alarmId(event), kept => alarmAfter(kept, event, deps.clock.now()));
}

export async function findAlarm({ catalog }: Pick<AlarmDeps, 'catalog'>, id: string): Promise<Alarm | undefined> {
  const item = await catalog.get(ALARMS, id);
  return item && Alarm.parse(item.value);
}

/** Those of the last days that are not over, the newest first. */
export async function listAlarms({ catalog, clock }: AlarmDeps): Promise<Alarm[]> {
  const found: Alarm[] = [];
  for await (const { value } of catalog.query(ALARMS)) found.push(Alarm.parse(value));
  return found.filter(alarm => isShown(alarm, clock.now())).sort((a, b) => (a.lastAt < b.lastAt ? 1 : -1));
}

export interface AlarmAcknowledgement {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
}

/** Stops its escalation for a day. Twice has the effect of once. InputError `unknown-alarm`. */
export async function acknowledgeAlarm(deps: AlarmDeps, { id, by, reason }: AlarmAcknowledgement): Promise<Alarm> {
  const now = deps.clock.now();
  const done = await changeAlarm(deps, id, kept =>
    kept && isShown(kept, now) ? { ...kept, acknowledged: { by, at: now.toISOString(), reason } } : undefined,
  );
  if (done !== undefined) return done;
  throw new InputError('unknown-alarm', 'There is no such alarm, or it is over.', {
    hint: '`holdfast messages list` shows the alarms of the last days.',
  });
}

async function changeAlarm(
  { catalog }: Pick<AlarmDeps, 'catalog'>,
  id: string,
  change: (kept: Alarm | undefined) => Alarm | undefined,
): Promise<Alarm | undefined> {
  for (;;) {
    const item = await catalog.get(ALARMS, id);
    const after = change(item && Alarm.parse(item.value));
    if (after === undefined) return undefined;
    const onlyIf = item === undefined ? 'absent' : { revision: item.revision };
    if (await wroteFirst(catalog, [{ put: { partition: ALARMS, sort: id, value: after }, onlyIf }])) return after;
  }
}
