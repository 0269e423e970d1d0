/** `leftovers`: staging schemas and interrupted restores in the database, and their removal. */
import type { Command } from 'commander';
import { shellWord } from '../../lib/domain/shell-word.ts';
import type { Context } from '../../lib/operations/context.ts';
import { listDrillDatabases, removeDrillDatabases } from '../../lib/operations/drills/scratch.ts';
import { settleInterrupted } from '../../lib/operations/restore/apply/record-restore.ts';
import {
  dropStaging,
  type Leftovers,
  listLeftovers,
  type StagingLeft,
} from '../../lib/operations/restore/stage/leftovers.ts';
import { cleanStaging } from '../../lib/operations/restore/stage/stage-restore.ts';
import { moment, plural, printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';

interface LeftoverOptions {
  readonly remove?: boolean;
  readonly drop?: string;
  readonly yes?: boolean;
}

export function registerLeftovers(program: Command): void {
  program
    .command('leftovers')
    .description('list what restores and plans keep in the database, and remove it')
    .option('--remove', 'remove schemas of ended restores, and settle interrupted ones')
    .option('--drop <schema>', 'remove this schema: the plan that it is kept for can no longer be applied')
    .option('-y, --yes', 'do not ask for confirmation before --drop')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast leftovers\n  $ holdfast leftovers --remove\n  $ holdfast leftovers --drop holdfast_stage_0mb2c4f1a_3f8a2c1d\n\nA schema that a running restore works with is never removed.',
    )
    .action(inSession(leftovers));
}

async function leftovers(session: Session, options: LeftoverOptions): Promise<void> {
  const ctx = await session.context();
  const removed: string[] = [];
  const settled: string[] = [];
  if (options.drop !== undefined) {
    await session.confirm(`Remove the schema ${printable(options.drop)}?`, options.yes ?? false, UNSEEN);
    await dropStaging(ctx, options.drop);
    removed.push(options.drop);
  }
  if (options.remove) {
    removed.push(...(await cleanStaging(ctx)));
    const open = new Set((await listLeftovers(ctx)).interrupted.map(({ tenant }) => tenant));
    for (const tenant of open) settled.push(...(await settleInterrupted(ctx, tenant)));
  }
  const drills = await drillDatabases(session, ctx, options.remove === true);
  removed.push(...drills.removed);
  const left = { ...(await listLeftovers(ctx)), drills: drills.left };
  const acted = options.remove || options.drop !== undefined;
  session.emit(acted ? { removed, settled, ...left } : left, () => {
    const done = acted
      ? `${session.style.good('Removed')} ${plural(removed.length, 'schema or database', 'schemas and databases')}, settled ${plural(settled.length, 'restore')}.\n`
      : '';
    return `${done}${renderLeftovers(left, session)}`;
  });
}

/** Scratch databases of drills, on the server where they are made. On AWS there are none. */
async function drillDatabases(session: Session, ctx: Context, remove: boolean) {
  if (session.deployed) return { removed: [], left: [] };
  const { scratch } = (await session.config()).drills;
  const plant = scratch === undefined ? {} : { scratch: { url: scratch } };
  const removed = remove ? await removeDrillDatabases(ctx, plant) : [];
  return { removed, left: await listDrillDatabases(ctx, plant) };
}

const UNSEEN = {
  message: 'This removes a kept preview, and there is no terminal to confirm it on.',
  hint: 'Pass --yes.',
};

const MEANINGS: Readonly<Record<StagingLeft['state'], string>> = {
  'in use': 'a session works with it',
  'handed over': 'kept for a plan file, until it is applied or dropped',
  kept: 'kept for the next step of a restore',
  'left over': 'its restore has ended: --remove removes it',
  foreign: 'another role made it: not removed',
};

export function renderLeftovers(
  {
    staging,
    interrupted,
    drills = [],
  }: Leftovers & { readonly drills?: Awaited<ReturnType<typeof listDrillDatabases>> },
  { style, zone }: Pick<Session, 'style' | 'zone'>,
): string {
  if (staging.length + interrupted.length + drills.length === 0) return 'Nothing is left in the database.\n';
  const schemas = staging.map(({ schema, state, since, tenantId, target }) => {
    const facts = [
      ...(since === null ? [] : [`since ${moment(since, zone())}`]),
      ...(tenantId === null ? [] : [`tenant ${printable(tenantId, 30)}`]),
      ...(target === null ? [] : [`to ${printable(target, 40)}`]),
    ];
    const paint = state === 'left over' ? style.warn : style.bold;
    return `${paint(printable(schema))}\n    ${MEANINGS[state]}\n${facts.length > 0 ? `    ${facts.join(', ')}\n` : ''}`;
  });
  const open = interrupted.map(
    ({ id, tenantId, tenant }) =>
      `${style.warn(id)}\n    restore of tenant ${printable(tenantId ?? tenant, 30)}, interrupted around its commit:\n    --remove finds out whether it committed\n`,
  );
  const scratch = drills.map(
    ({ database, state, since }) =>
      `${state === 'left over' ? style.warn(database) : style.bold(database)}\n    scratch database of a drill, ${state === 'in use' ? 'which is running' : 'which has ended: --remove removes it'}\n    since ${moment(since, zone())}\n`,
  );
  const kept = staging.find(({ state }) => state === 'handed over');
  const drop =
    kept === undefined
      ? ''
      : `\nRemove a kept one with\n  ${style.bold(`holdfast leftovers --drop ${shellWord(kept.schema)}`)}\n`;
  return `${[...schemas, ...open, ...scratch].join('')}${drop}`;
}
