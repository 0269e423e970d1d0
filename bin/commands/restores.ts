/** `restores`: what was restored, for which tenant, by whom and why. `show RESTORE` shows one wholly. */
import type { Command } from 'commander';
import { tenantId } from '../../lib/domain/tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import { allRestores, type RestoreSummary } from '../../lib/operations/restore/apply/all-restores.ts';
import { count, exactMoment, moment, printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';
import { wrap } from '../terminal/wrap.ts';
import { whole } from './restore-options.ts';

export function registerRestores(program: Command): void {
  program
    .command('restores')
    .description('list restores: who, why, to which moment, with what proof')
    .argument('[tenant]', 'only of this tenant')
    .option('--limit <n>', 'show at most n, newest first', whole, 50)
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast restores\n  $ holdfast restores 17 --json\n\n`holdfast show RESTORE` shows one of them wholly.',
    )
    .action(inSession(restores));
}

async function restores(session: Session, tenant: string | undefined, { limit }: { limit: number }): Promise<void> {
  const deps = await session.deps();
  const one = tenant === undefined ? undefined : { tenantId: tenantId(tenant), ref: refOf(deps, tenantId(tenant)) };
  const found = await allRestores(deps, { tenant: one, limit });
  session.emit(found, () => renderRestores(found, session.style, session.zone()));
}

export function renderRestores(
  { restores: listed, more }: { readonly restores: readonly RestoreSummary[]; readonly more: boolean },
  style: Style,
  zone: string,
): string {
  if (listed.length === 0) return 'No restores yet.\n';
  const rest = more ? `\n${style.dim('Older restores follow: raise --limit.')}\n` : '';
  return `${listed.map(each => renderOne(each, style, zone)).join('\n')}${rest}`;
}

const SIGNS: Readonly<Record<RestoreSummary['state'], string>> = {
  ...{ done: '✓', failed: '✗', committing: '!', unknown: '·' },
};

/** A few lines each: an id is never broken, and a reason may be long. */
function renderOne(restore: RestoreSummary, style: Style, zone: string): string {
  const { id, tenantId: named, tenant, state, at, requestedBy, approvedBy, reason, targetTime, asked } = restore;
  const paint = state === 'done' ? style.good : state === 'failed' ? style.bad : style.warn;
  const when = at === null ? 'time unknown' : moment(at, zone);
  const head = `${paint(SIGNS[state])} ${style.bold(id)}  ${when}  tenant ${printable(named ?? tenant, 30)}`;
  const to = targetTime === null ? restore.target : exactMoment(targetTime, zone);
  const target = [
    ...(to === null ? [] : [`to ${to}`]),
    ...(asked === null || asked === targetTime ? [] : [`(${printable(asked, 40)})`]),
  ];
  const people = [
    ...(requestedBy === null ? [] : [`by ${printable(requestedBy, 60)}`]),
    ...(approvedBy?.length ? [`approved by ${approvedBy.map(name => printable(name, 60)).join(', ')}`] : []),
    ...(reason ? [`reason: ${printable(reason, 200)}`] : []),
  ];
  const lines = [target.join(' '), people.join(', '), outcomeOf(restore)].filter(line => line !== '');
  return `${head}\n${lines.map(line => `${wrap(line, 80, '    ')}\n`).join('')}`;
}

function outcomeOf({ state, totals, proof, partial, place }: RestoreSummary): string {
  if (state === 'failed') return 'failed: nothing was written';
  if (state === 'committing') return 'interrupted around its commit: the next restore of the tenant settles it';
  const rows = totals && `+${count(totals.inserted)} ~${count(totals.updated)} −${count(totals.deleted)} rows`;
  return [
    ...(rows === null ? [] : [rows]),
    ...(place === null || place === 'in-place' ? [] : [place.replaceAll('-', ' ')]),
    ...(partial ? ['partial'] : []),
    ...(proof === 'same' ? ['proved: no difference after writing'] : []),
    ...(proof === 'changed' ? ['the application changed rows meanwhile'] : []),
  ].join(', ');
}
