/** Drills as text, for a terminal of 80 columns: history, one record, and what is due. */
import type { DrilledTenant, DrillOutcome, DrillRecord } from '../../lib/domain/drill.ts';
import type { DueDrill } from '../../lib/domain/drill-schedule.ts';
import { count, duration, moment, plural, printable, relative } from './format.ts';
import type { Style } from './style.ts';
import { renderFacts, renderTable } from './table.ts';
import { wrap } from './wrap.ts';

interface Look {
  readonly style: Style;
  readonly columns: number;
  readonly zone: () => string;
  readonly now: () => Date;
}

export function renderDrills(records: readonly DrillRecord[], altered: readonly string[], look: Look): string {
  const { style, columns, zone } = look;
  const bad = altered.map(key => `${style.bad('✗')} ${key} is not what this installation signed.\n`).join('');
  if (records.length === 0)
    return `${bad}No drill yet. Start with  ${style.bold('holdfast drill run single-tenant')}\n`;
  return `${bad}${renderTable(
    [
      { head: 'drill' },
      { head: 'kind' },
      { head: 'began' },
      { head: 'tenants', right: true },
      { head: 'slowest', right: true },
      { head: 'scratch', optional: true },
      { head: 'outcome' },
    ],
    records.map(record => [
      record.id,
      record.kind,
      moment(record.startedAt, zone()),
      count(record.tenants.length),
      slowest(record),
      record.scratch?.place ?? '–',
      paint(record.outcome, style),
    ]),
    { style, columns },
  )}`;
}

function slowest({ tenants }: DrillRecord): string {
  const times = tenants.flatMap(({ restore }) => restore?.recoveryMs ?? []);
  return times.length === 0 ? '–' : duration(times.reduce((most, ms) => Math.max(most, ms), 0));
}

export function renderDrill(record: DrillRecord, look: Look): string {
  const { style, columns, zone } = look;
  const { id, kind, startedAt, endedAt, startedBy, scratch, phases, findings } = record;
  const where =
    scratch === null
      ? 'nothing restored'
      : `${scratch.server}, ${scratch.place === 'outside' ? 'outside the source system' : 'the server of the source'}`;
  const facts = renderFacts(
    [
      ['began', `${moment(startedAt, zone())}, by ${printable(startedBy, 60)}`],
      ['took', duration(Date.parse(endedAt) - Date.parse(startedAt))],
      ['scratch', where],
      ['phases', phases.map(({ phase, ms }) => `${phase} ${duration(ms)}`).join(', ')],
      ['seed', record.seed],
      ...more(record),
    ],
    { style, columns },
  );
  const found = findings.map(text => `${wrap(`${text}`, columns, '    ')}\n`).join('');
  return `${sign(record.outcome, style)} ${style.bold(`${kind} ${id}`)}  ${paint(record.outcome, style)}\n${found}${facts}${renderTenants(record.tenants, look)}${renderRest(record, look)}`;
}

function more({ contention, prediction, failover }: DrillRecord): [string, string][] {
  return [
    ...(contention
      ? ([
          ['singly', `${duration(contention.singlyMs)} in all, the longest ${duration(contention.longestSinglyMs)}`],
          [
            'at once',
            `${duration(contention.elapsedMs)} for ${plural(contention.atOnce, 'tenant')}, the longest ${duration(contention.longestMs)}`,
          ],
        ] as [string, string][])
      : []),
    ...(prediction
      ? ([
          [
            'restored',
            `${plural(prediction.restoredTenants, 'tenant')} of ${count(prediction.tenants)} in ${duration(prediction.elapsedMs)}, ${count(prediction.atOnce)} at once`,
          ],
          ['predicted', `${duration(prediction.predictedMs)} for all`],
        ] as [string, string][])
      : []),
    ...(failover
      ? ([
          [
            'fail-over',
            `not done; ${count(failover.behind.length)} of ${plural(failover.tenants, 'tenant')} would lack the newest moments in ${printable(failover.region, 30)}`,
          ],
        ] as [string, string][])
      : []),
  ];
}

const MOST_TENANTS = 20;

/** All that failed, and as many others as fit a screen. */
function renderTenants(tenants: readonly DrilledTenant[], { style, columns, zone }: Look): string {
  if (tenants.length === 0) return '';
  const listed = [...tenants].sort((a, b) => Number(a.outcome === 'passed') - Number(b.outcome === 'passed'));
  const shown = listed.filter(({ outcome }, index) => outcome !== 'passed' || index < MOST_TENANTS);
  const rest = listed.length - shown.length;
  const table = renderTable(
    [
      { head: 'tenant' },
      { head: 'tier', optional: true },
      { head: 'moment', optional: true },
      { head: 'rows', right: true },
      { head: 'restored in', right: true },
      { head: 'objective', right: true, optional: true },
      { head: 'outcome' },
    ],
    shown.map(({ tenant, tier, restore, objectiveMs, outcome, problem }) => [
      tenant,
      tier,
      restore === null ? '–' : restore.moment === 'latest' ? 'latest' : momentOrPosition(restore.moment, zone()),
      restore === null ? '–' : count(restore.rows),
      restore === null ? '–' : duration(restore.recoveryMs),
      duration(objectiveMs),
      problem === null ? paint(outcome, style) : style.bad(problem.code),
    ]),
    { style, columns },
  );
  return `\n${table}${rest > 0 ? style.dim(`  and ${plural(rest, 'other')} that passed: --json lists them\n`) : ''}`;
}

function momentOrPosition(text: string, zone: string): string {
  return /^\d{4}-/.test(text) ? moment(text, zone) : printable(text, 30);
}

function renderRest({ accidents = [], faults = [], acceptance }: DrillRecord, { style, columns }: Look): string {
  const lines = [
    ...accidents.map(
      ({ accident, damaged, restored, undone, restoreMs }) =>
        `${sign(restored && undone ? 'passed' : 'failed', style)} ${accident}: ${plural(damaged, 'row')} damaged, restored in ${duration(restoreMs)}, ${undone ? 'undone again' : 'not undone'}`,
    ),
    ...faults.map(({ fault, expected, raised, alarmMs, mended }) => {
      const came = alarmMs === null ? `raised ${raised.join(', ') || 'none'}` : `after ${duration(alarmMs)}`;
      const ok = mended && (expected === null ? raised.length === 0 : alarmMs !== null);
      return `${sign(ok ? 'passed' : 'failed', style)} ${fault}: ${expected === null ? 'no alarm expected' : `alarm ${expected}`}, ${came}, ${mended ? 'mended' : 'not mended'}`;
    }),
    ...acceptance.flatMap(({ by, checks, problem }) => [
      ...checks.map(
        ({ check, ok }) => `${sign(ok ? 'passed' : 'failed', style)} acceptance (${by}): ${printable(check, 200)}`,
      ),
      ...(problem ? [`${sign('failed', style)} acceptance (${by}): no verdict, ${problem.code}`] : []),
    ]),
  ];
  return lines.length === 0 ? '' : `\n${lines.map(line => `${wrap(line, columns, '  ')}\n`).join('')}`;
}

export function renderDue(drills: readonly DueDrill[], { style, columns, now, zone }: Look): string {
  if (drills.length === 0) return 'No tenant is protected yet.\n';
  return renderTable(
    [{ head: 'drill' }, { head: 'last proved' }, { head: 'due' }, { head: '' }],
    drills.map(({ kind, last, due, state }) => [
      kind,
      last === null ? 'never' : relative(last, now()),
      moment(due, zone()),
      state === 'late' ? style.bad('late') : state === 'due' ? style.warn('due') : style.good('done'),
    ]),
    { style, columns },
  );
}

function sign(outcome: DrillOutcome, style: Style): string {
  if (outcome === 'passed') return style.good('✓');
  return outcome === 'slow' ? style.warn('!') : style.bad('✗');
}

function paint(outcome: DrillOutcome, style: Style): string {
  if (outcome === 'passed') return style.good(outcome);
  return outcome === 'slow' ? style.warn(outcome) : style.bad(outcome);
}
