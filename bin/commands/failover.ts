/**
 * `failover`: which region is active, what a fail-over would lose, the fail-over itself and the way back, and the records. It
 * runs on a machine of the region that takes over; asking goes the way of every request (governed-command.ts).
 */
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { FailoverRecord } from '../../lib/domain/failover.ts';
import { SYSTEM } from '../../lib/domain/tenant.ts';
import { failOverAutomatically } from '../../lib/operations/failover/fail-over-automatically.ts';
import { failoverDeps, presentRegions } from '../../lib/operations/failover/failover-kind.ts';
import { failoverRecords } from '../../lib/operations/failover/failover-steps.ts';
import { describeFailover, planFailover } from '../../lib/operations/failover/plan-failover.ts';
import { probeRegion } from '../../lib/operations/failover/probe-region.ts';
import {
  beginRegions,
  type RegionStatus,
  regionStatus,
  settleRegions,
} from '../../lib/operations/failover/region-status.ts';
import { probeAsWitness } from '../../lib/operations/failover/witness-probes.ts';
import type { Deps } from '../../lib/ports.ts';
import { recordsThere, regionsThere, showPlanThere, showRegionsThere } from '../aws/remote-failover.ts';
import { renderFailover, renderProbe, renderRegions, renderWitness } from '../terminal/failover-text.ts';
import { duration, moment } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTable } from '../terminal/table.ts';
import { runGoverned } from './governed-command.ts';

interface FailoverOptions {
  readonly planned?: true;
  readonly fenced?: readonly string[];
  readonly reason?: string;
  readonly ticket?: string;
  readonly yes?: true;
  readonly breakGlass?: true;
}

export function registerFailover(program: Command): void {
  const failover = program
    .command('failover')
    .description('make another region the active one, and go back')
    .addHelpText('after', HELP);
  failover
    .command('status', { isDefault: true })
    .description('show which region is active, and what each place says')
    .action(inSession(show('status', regionStatus)));
  failover
    .command('probe')
    .description('look at the other region; alarms when it looks lost, and takes over where that is allowed')
    .action(inSession(probe));
  failover
    .command('init')
    .description('make this region the active one of two new ones')
    .action(inSession(show(undefined, beginRegions)));
  failover
    .command('settle')
    .description('bring the newest state to every place; ends fences')
    .action(inSession(show('settle', settleRegions)));
  failover
    .command('plan')
    .description('show what a fail-over to this region would do and lose')
    .option('--planned', 'stop the writes first, and lose nothing')
    .option('--fenced <region...>', 'regions that can do nothing, as you state')
    .action(inSession(plan));
  asked(failover.command('run').description('fail over to this region'))
    .option('--planned', 'stop the writes first, and lose nothing')
    .action(inSession(run));
  asked(failover.command('back').description('go back to this region, where the application belongs')).action(
    inSession(back),
  );
  failover
    .command('record')
    .description('list the fail-overs to this region, or show one')
    .argument('[id]', 'id of its request')
    .action(inSession(record));
}

function asked(command: Command): Command {
  return command
    .option('--fenced <region...>', 'regions that can do nothing, as you state')
    .option('--reason <text>', 'why, for the records')
    .option('--ticket <reference>', 'reference in your own system')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--break-glass', 'execute at once, without approvals; it alarms');
}

const HELP = `
Examples:
  $ holdfast failover
  $ holdfast failover plan --fenced eu
  $ holdfast failover run --fenced eu --reason 'data centre lost'
  $ holdfast failover run --planned --reason 'maintenance'
  $ holdfast failover back --reason 'repaired'

Run it on a machine of the region that takes over; on AWS name that region with
--region. docs/failover.md says how two regions are set up, and what --fenced
promises.`;

/** On this machine the ports come with its regions, where it has several. */
type Opened = Deps & Parameters<typeof presentRegions>[0];

const LOOKS = { status: { show: 'status' }, settle: { settle: true } } as const;

/** `there`: what an installation on AWS is asked instead. */
function show(
  there: keyof typeof LOOKS | undefined,
  work: (deps: Parameters<typeof beginRegions>[0], by: string) => Promise<RegionStatus>,
) {
  return async (session: Session): Promise<void> => {
    const { deployed } = session;
    if (deployed !== undefined && there !== undefined) return showRegionsThere(session, deployed, LOOKS[there]);
    refuseOnAws(session);
    const opened: Opened = await session.deps();
    const status = await work({ ...opened, regions: presentRegions(opened) }, (await session.principal()).name);
    session.emit(status, () => renderRegions(session, status));
  };
}

/** InputError `usage`. */
function refuseOnAws({ deployed }: Session): void {
  if (deployed === undefined) return;
  throw new InputError('usage', 'On AWS nobody runs this command.', {
    hint: 'The first run of the shipper makes the primary region the active one; alarms tell that it is silent (docs/failover.md).',
  });
}

async function probe(session: Session): Promise<void> {
  refuseOnAws(session);
  const opened: Opened = await session.deps();
  const regions = presentRegions(opened);
  if (regions.watched) return witness(session, { ...opened, regions }, regions.watched);
  const deps = await session.governance();
  const regional = failoverDeps(deps);
  const looked = await probeRegion(regional, (await session.principal()).name);
  const automatic = regions.automatic ? await failOverAutomatically({ ...deps, ...regional }) : null;
  const probed = { ...looked, automatic };
  session.emit(probed, () => renderProbe(session, probed));
}

async function witness(
  session: Session,
  deps: Parameters<typeof probeAsWitness>[0],
  watched: Parameters<typeof probeAsWitness>[1],
): Promise<void> {
  const probes = await probeAsWitness(deps, watched);
  session.emit({ probes }, () => renderWitness(session, probes));
}

async function plan(session: Session, { planned, fenced = [] }: FailoverOptions): Promise<void> {
  const input = { planned: planned === true, fenced: [...fenced] };
  if (session.deployed) return showPlanThere(session, session.deployed, input);
  const made = await planFailover(failoverDeps(await session.context()), input);
  session.emit(made, () => `${describeFailover(made).join('\n')}\n`);
}

async function run(session: Session, options: FailoverOptions): Promise<void> {
  await govern(session, options, options.planned === true);
}

async function back(session: Session, options: FailoverOptions): Promise<void> {
  const { region, home } = await regionsAsked(session);
  if (region !== home)
    throw new InputError('usage', `The application belongs to ${home}, and this is ${region}.`, {
      hint: `Run it on a machine of ${home}. To fail over to this region: \`holdfast failover run\`.`,
    });
  await govern(session, options, true);
}

/** InputError `no-regions`. */
async function regionsAsked(session: Session): Promise<Pick<RegionStatus, 'region' | 'home'>> {
  if (session.deployed) return regionsThere(session.deployed);
  return failoverDeps(await session.context()).regions;
}

async function govern(session: Session, options: FailoverOptions, planned: boolean): Promise<void> {
  await regionsAsked(session);
  const { reason = '', ticket, fenced = [], yes = false, breakGlass = false } = options;
  await runGoverned(session, {
    ...{ action: 'fail-over', tenant: SYSTEM, input: { planned, fenced }, reason, yes, breakGlass },
    ...(ticket !== undefined && { ticket }),
    render: ({ proof }) => renderFailover(session, FailoverRecord.parse(proof)),
  });
}

async function record(session: Session, id: string | undefined): Promise<void> {
  const { deployed } = session;
  const records = deployed ? await recordsThere(deployed) : await failoverRecords(await session.deps());
  if (id === undefined) return session.emit({ records }, () => renderList(session, records));
  const found = records.find(each => each.id === id);
  if (found) return session.emit(found, () => renderFailover(session, found));
  throw new InputError('usage', 'There is no record of that fail-over here.', {
    hint: '`holdfast failover record` lists them, in the region that took over.',
  });
}

function renderList({ style, zone, columns }: Session, records: readonly FailoverRecord[]): string {
  if (records.length === 0) return 'No fail-over to this region.\n';
  const heads = [
    { head: 'fail-over' },
    { head: 'began' },
    { head: 'from' },
    { head: 'planned' },
    { head: 'took', right: true },
  ];
  const rows = records.map(each => [
    ...[each.id, moment(each.startedAt, zone()), each.from ?? 'none', each.planned ? 'yes' : 'no'],
    duration(each.totalMs),
  ]);
  return renderTable(heads, rows, { style, columns });
}
