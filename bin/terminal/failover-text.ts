/** The state of the regions, and the record of a fail-over, as text. */
import type { FailoverRecord } from '../../lib/domain/failover.ts';
import type { WitnessProbe } from '../../lib/domain/region-probe.ts';
import type { AutomaticOutcome } from '../../lib/operations/failover/fail-over-automatically.ts';
import type { ProbedRegion } from '../../lib/operations/failover/probe-region.ts';
import type { RegionStatus } from '../../lib/operations/failover/region-status.ts';
import { duration, moment, plural, printable } from './format.ts';
import type { Session } from './session.ts';
import { renderFacts, renderTable } from './table.ts';

type Look = Pick<Session, 'style' | 'zone' | 'columns' | 'command'>;

export function renderRegions({ style, zone, columns }: Look, status: RegionStatus): string {
  const { active, phase, region, since } = status;
  const facts: [string, string][] = [
    ['active', active ?? 'none'],
    ['phase', phase ?? 'never set up'],
    ['since', since === null ? 'never' : moment(since, zone())],
    ['by', printable(status.by ?? 'nobody', 60)],
    ['reason', printable(status.reason ?? 'none', 200)],
    ['fenced', status.fenced.join(', ') || 'none'],
    ['this region', `${region}: ${status.mayAct ? 'active' : 'not active, so it ships and changes nothing'}`],
  ];
  const heads = [{ head: 'place' }, { head: 'answer' }, { head: 'term', right: true }];
  const rows = status.places.map(each => [
    each.witness ? `${each.region} (witness)` : each.region,
    each.answer,
    each.term === null ? '' : String(each.term),
  ]);
  const agree = status.stands ? '' : `${style.warn('!')} The places do not agree yet: holdfast failover settle\n`;
  return `${renderFacts(facts, { style })}\n${renderTable(heads, rows, { style, columns })}${agree}`;
}

/** `automatic`: null where a person decides. */
export function renderProbe(
  look: Look,
  probed: ProbedRegion & { readonly automatic: AutomaticOutcome | null },
): string {
  const { style } = look;
  const { newest, suspected, probes, witness } = probed;
  const said = suspected ? style.bad('✗ It looks lost') : style.good('✓ Not suspected');
  const second = witness ? `The witness says: ${saying(look, { ...probed, ...witness })}.\n` : '';
  return `${saying(look, probed)}; the log here reaches ${newest ?? 'nothing'}.\n${second}${said} after ${plural(probes, 'probe')}.\n${taking(look, probed.automatic)}`;
}

export function renderWitness(look: Look, probes: readonly WitnessProbe[]): string {
  return probes.map(probe => `${saying(look, probe)}.\n`).join('');
}

function saying(
  { style }: Look,
  { region, database, vault }: Pick<WitnessProbe, 'region' | 'database' | 'vault'>,
): string {
  const answer = (answers: boolean) => (answers ? 'answers' : style.bad('does not answer'));
  return `${region}: its database ${answer(database)}, its vault ${answer(vault)}`;
}

function taking({ style }: Look, automatic: AutomaticOutcome | null): string {
  if (automatic === null) return '';
  if (automatic.state === 'waits') return `No automatic fail-over: ${automatic.because}.\n`;
  if (automatic.state === 'running') return `${style.warn('!')} The fail-over ${automatic.request} is running.\n`;
  return `${style.warn('!')} This region took over by itself: holdfast failover record ${automatic.request}\n`;
}

export function renderFailover({ style, zone, columns }: Look, record: FailoverRecord): string {
  const { offered, doubtful } = record;
  const facts: [string, string][] = [
    ['fail-over', record.id],
    ['active', record.region],
    ['in place of', record.from ?? 'none'],
    ['planned', record.planned ? 'yes' : 'no'],
    ['began', moment(record.startedAt, zone())],
    ['until traffic', duration(record.untilTrafficMs)],
    ['total', duration(record.totalMs)],
    ['log', record.continued ? 'goes on without a gap' : 'begins again, with a new snapshot of every tenant'],
    ['compared', plural(record.validated, 'tenant')],
  ];
  const steps = renderTable(
    [{ head: 'step' }, { head: 'took', right: true }],
    record.durations.map(({ step, ms }) => [step, duration(ms)]),
    { style, columns },
  );
  return `${renderFacts(facts, { style })}\n${steps}${offers({ style }, offered)}${doubts({ style }, doubtful)}`;
}

function offers({ style }: Pick<Look, 'style'>, offered: FailoverRecord['offered']): string {
  if (offered.length === 0) return '';
  const lines = offered.map(({ tenant, rows, target }) => `  ${tenant}  ${plural(rows, 'row')}  --to ${target}\n`);
  return `${style.warn('!')} Rows that only the vault has. Restore these tenants:\n${lines.join('')}`;
}

function doubts({ style }: Pick<Look, 'style'>, doubtful: FailoverRecord['doubtful']): string {
  if (doubtful.length === 0) return '';
  const lines = doubtful.map(
    ({ tenant, verdict, rows, code }) => `  ${tenant}  ${code ?? `${verdict}: ${plural(rows, 'row')}`}\n`,
  );
  return `${style.bad('✗')} Not as the vault has them, or not compared:\n${lines.join('')}`;
}
