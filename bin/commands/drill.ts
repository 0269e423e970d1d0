/**
 * `drill`: recovery that is tried. `run` restores into scratch and signs a record; `history`, `show`, `verify` and `due` read
 * the records.
 */
import { Argument, type Command, Option } from 'commander';
import { type DrillRecord, FAULTS, type Fault } from '../../lib/domain/drill.ts';
import { DRILL_KINDS, type DrillKind } from '../../lib/domain/drill-kind.ts';
import { hasRegion } from '../../lib/domain/drill-settings.ts';
import { HoldfastError, InputError } from '../../lib/domain/errors.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import type { DrillAsked } from '../../lib/operations/drills/drill-run.ts';
import { drillsDue, reportLateDrills } from '../../lib/operations/drills/drills-due.ts';
import { runRecordedDrill } from '../../lib/operations/drills/run-recorded-drill.ts';
import { findDrill, listDrills } from '../../lib/operations/storage/drill-records.ts';
import type { Remote } from '../aws/remote.ts';
import { renderDrill, renderDrills, renderDue } from '../terminal/drill-text.ts';
import { exactTarget } from '../terminal/log-range.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { whole } from './restore-options.ts';

export function registerDrill(program: Command): void {
  const drill = program.command('drill').description('try recovery, and keep signed records of it');
  drill
    .command('run')
    .description('restore into a scratch database, prove, measure, record')
    .addArgument(drillArgument())
    .argument('[tenants...]', 'only these (default: those that wait longest)')
    .option('--due', 'run every drill that is due')
    .option('--to <time>', 'moment to restore to (default: random)')
    .option('--count <n>', 'tenants at once, or restored of the whole system', whole)
    .addOption(new Option('--fault <name...>', 'faults of a game day (default: all)').choices(FAULTS))
    .option('--seed <text>', 'choose tenants and moments like the drill with this seed')
    .option('-y, --yes', 'do not ask for confirmation before a game day')
    .addHelpText('after', HELP)
    .action(inSession(run));
  drill
    .command('history', { isDefault: true })
    .description('list drills, newest last')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(DRILL_KINDS))
    .action(inSession(history));
  drill
    .command('show')
    .description('show what a drill measured and proved')
    .argument('<drill>', 'id, or its beginning')
    .action(inSession(show));
  drill
    .command('verify')
    .description('verify the signatures of all records, or of one')
    .argument('[drill]', 'id, or its beginning')
    .action(inSession(verify));
  drill.command('due').description('show which drills are due; a late one raises an alarm').action(inSession(due));
}

const HELP = `
Examples:
  $ holdfast drill run single-tenant
  $ holdfast drill run whole-system --count 50
  $ holdfast drill run several-tenants 17 23 42
  $ holdfast drill run --due

Nothing live is touched: rows go into a database of the drill's own, which is
removed at the end. Exit code 3 if a drill failed. docs/drills.md says more.`;

interface RunOptions {
  readonly due?: true;
  readonly to?: string;
  readonly count?: number;
  readonly fault?: readonly Fault[];
  readonly seed?: string;
  readonly yes?: true;
}

function drillArgument() {
  const argument = new Argument('[kind]', 'what to try');
  return argument.choices(DRILL_KINDS);
}

async function run(
  session: Session,
  kind: DrillKind | undefined,
  named: readonly string[],
  options: RunOptions,
): Promise<void> {
  if ((kind === undefined) === (options.due === undefined))
    throw new InputError('usage', 'Name a kind of drill, or pass --due.', {
      hint: `Kinds: ${DRILL_KINDS.join(', ')}.`,
    });
  if (session.remote) return runThere(session, session.remote, kind, { named, options });
  if (kind === 'game-day')
    await session.confirm('Damage this test installation, and mend it again?', options.yes ?? false, UNSEEN);
  const config = await session.config();
  const ctx = await session.context();
  const { openDrillPlant } = await import('../../lib/runtime/drills.ts');
  const isDue = async () =>
    (await drillsDue(ctx, hasRegion(config.drills))).flatMap(each => (each.state === 'done' ? [] : [each.kind]));
  const kinds = kind === undefined ? await isDue() : [kind];
  const plant = await openDrillPlant(config, ctx);
  const deps = { ctx, plant, recording: await session.recording() };
  const principal = await session.principal();
  const asked = await askedOf(session, named, options);
  const drills: DrillRecord[] = [];
  for (const each of kinds) {
    const done = await runRecordedDrill(deps, principal, { ...asked, kind: each });
    drills.push(done.record);
    // The record is stored; what nobody foresaw is reported as such.
    if (done.error !== undefined && !(done.error instanceof HoldfastError)) throw done.error;
    if (done.error instanceof HoldfastError) session.remark(`${session.style.warn('!')} ${done.error.hint}\n`, true);
  }
  session.emit({ drills }, () =>
    drills.length === 0 ? 'No drill is due.\n' : drills.map(each => renderDrill(each, session)).join('\n'),
  );
  if (drills.some(({ outcome }) => outcome === 'failed')) session.exitWith(3);
}

interface AskedThere {
  readonly named: readonly string[];
  readonly options: RunOptions;
}

/** On AWS a drill that is due starts alone: the next one the day after, or by the next call. */
async function runThere(
  session: Session,
  remote: Remote,
  kind: DrillKind | undefined,
  { named, options }: AskedThere,
): Promise<void> {
  const { drillThere } = await import('../aws/remote-drill.ts');
  const { tenants, moment, count, faults, seed } = await askedOf(session, named, options);
  if (faults)
    throw new InputError('usage', 'Game days are not supported on AWS.', {
      hint: 'Run them on a test installation with a configuration file.',
    });
  const refs = tenants && (await Promise.all(tenants.map(async id => refOf(await session.deps(), id))));
  const asked = {
    ...(refs && { refs }),
    ...(moment !== undefined && { moment }),
    ...(count !== undefined && { count }),
    ...(seed !== undefined && { seed }),
  };
  const record = await drillThere(session, remote, kind === undefined ? { due: true } : { kind, ...asked });
  session.emit({ drills: record ? [record] : [] }, () =>
    record ? renderDrill(record, session) : 'No drill is due.\n',
  );
  if (record?.outcome === 'failed') session.exitWith(3);
}

const UNSEEN = {
  message: 'A game day damages the installation, and there is no terminal to confirm it on.',
  hint: 'Pass --yes.',
};

async function askedOf(
  session: Session,
  named: readonly string[],
  { to, count, fault, seed }: RunOptions,
): Promise<Omit<DrillAsked, 'kind' | 'startedBy'>> {
  const tenants = [];
  for (const typed of named) tenants.push(tenantId((await askedTenant(session, typed)).id));
  return {
    ...(tenants.length > 0 && { tenants }),
    ...(to !== undefined && { moment: exactTarget(session, to) }),
    ...(count !== undefined && { count }),
    ...(fault && { faults: fault }),
    ...(seed !== undefined && { seed }),
  };
}

async function history(session: Session, { kind }: { readonly kind?: DrillKind }): Promise<void> {
  await session.ready();
  const { drills, altered } = await listDrills(await session.deps(), kind);
  const records = drills.map(({ record }) => record);
  session.emit({ drills: records, altered }, () => renderDrills(records, altered, session));
}

async function show(session: Session, id: string): Promise<void> {
  await session.ready();
  const { record } = await findDrill(await session.deps(), id);
  session.emit({ drills: [record] }, () => renderDrill(record, session));
}

async function verify(session: Session, id: string | undefined): Promise<void> {
  const deps = await session.deps();
  const { drills, altered } =
    id === undefined ? await listDrills(deps) : { drills: [await findDrill(deps, id)], altered: [] };
  const verified = drills.map(({ key }) => key);
  session.emit({ verified, altered }, () => {
    const { style } = session;
    const bad = altered.map(key => `${style.bad('✗')} ${key} is not what this installation signed.\n`);
    return `${bad.join('')}${style.good('✓')} ${verified.length} verified.\n`;
  });
  if (altered.length > 0) session.exitWith(3);
}

async function due(session: Session): Promise<void> {
  await session.ready();
  const deps = await session.deps();
  const { remote } = session;
  if (remote) {
    const { drillsRegionThere } = await import('../aws/remote-drill.ts');
    const there = await drillsDue(deps, await drillsRegionThere(remote));
    // A metric of run-drill is the alarm.
    session.emit({ due: there }, () => renderDue(there, session));
    return;
  }
  const drills = await drillsDue(deps, hasRegion((await session.config()).drills));
  await reportLateDrills(deps, drills);
  session.emit({ due: drills }, () => renderDue(drills, session));
}
