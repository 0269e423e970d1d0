/** Sections of a report's page about drills, and about what would happen if everything had to be restored now. */
import type { MeasuredDrill } from './day-measures.ts';
import { bytesText, countText, minuteText, momentText, secondsText } from './numbers-text.ts';
import type { Readiness, Report, TierReadiness } from './report.ts';
import { chartOf } from './report-charts.ts';
import { bullets, dataTable, pageSection, paragraph } from './report-parts.ts';

const MOST_ROWS = 50;

export function drillsSection({ totals, days, readiness }: Report): string {
  if (totals.missing.drills === totals.days) return pageSection('drills', 'Drills', [paragraph('Not recorded.')]);
  const done = days.flatMap(day => day.drills ?? []);
  const { passed, slow, failed } = totals.drills;
  const summary = `${countText(passed)} passed, ${countText(slow)} slower than the objective, ${countText(failed)} failed.`;
  return pageSection('drills', 'Drills', [
    paragraph(done.length === 0 ? 'No drill was recorded.' : summary),
    done.length === 0 ? '' : chartOf('drilled', days),
    done.length === 0
      ? ''
      : dataTable(
          ['Ended', 'Drill', 'Outcome', 'Tenants proved', 'Longest recovery'],
          done.slice(-MOST_ROWS).map(drillRow),
        ),
    done.length > MOST_ROWS ? paragraph(`The last ${MOST_ROWS} of ${countText(done.length)}.`, 'note') : '',
    ...(readiness === null ? [] : missedParts(readiness)),
  ]);
}

function drillRow({ at, kind, outcome, tenants, proved, seconds }: MeasuredDrill): string[] {
  const recovery = seconds === null ? '–' : secondsText(seconds);
  return [
    minuteText(at),
    kind,
    outcome,
    tenants === 0 ? '–' : `${countText(proved)} of ${countText(tenants)}`,
    recovery,
  ];
}

function missedParts({ drills: { missed, due } }: Readiness): string[] {
  const lines = [
    ...missed.map(({ month, tier }) => `${month}: no drill proved a tenant of the tier ${tier}.`),
    ...due.map(
      ({ kind, last, due: since, state }) =>
        `${kind} is ${state} since ${since.slice(0, 10)}; ${last === null ? 'none was proved' : `the last that was proved began on ${last.slice(0, 10)}`}.`,
    ),
  ];
  return lines.length === 0 ? [] : ['<h3>Missing drills</h3>', bullets(lines, 'missing')];
}

export function readinessSection({ readiness, at }: Report): string {
  if (readiness === null) return '';
  const { tiers, basis, allSeconds, drills } = readiness;
  const rows = tiers.map(each => [
    ...[each.tier, countText(each.tenants), bytesText(each.bytes), predictedText(each.longestSeconds)],
    ...[each.drilledSeconds === null ? 'no drill' : secondsText(each.drilledSeconds)],
    ...[secondsText(each.objectiveSeconds), outlookText(each)],
    ...[predictedText(each.allSeconds), countText(each.withoutSnapshot)],
  ]);
  const recorded = basis.restores + basis.drilled;
  const source = `From ${countText(basis.stagings)} stagings by restores and verifications, ${countText(basis.restores)} recorded restores and ${countText(basis.drilled)} recoveries that drills proved.`;
  const staging = recorded === 0 ? ' Without a restore or drill the prediction is of staging alone.' : '';
  const heads = ['Tier', 'Tenants', 'Data', 'Longest tenant, predicted', 'Longest in drills', 'Objective', 'Would be'];
  const whole = drills.wholeSystemSeconds;
  return pageSection('readiness', 'If everything had to be restored now', [
    paragraph(
      `Predicted on ${momentText(at)} for the newest snapshots. ${source}${staging} Changes since the snapshots come on top.`,
      'note',
    ),
    dataTable([...heads, 'All, one after another', 'Without a snapshot'], rows),
    paragraph(
      `All tenants, one after another: ${predictedText(allSeconds)}. ${whole === null ? 'No drill of the whole system was proved in the period.' : `The last drill of the whole system, several at once: ${secondsText(whole)}.`}`,
    ),
  ]);
}

function predictedText(seconds: number | null): string {
  return seconds === null ? 'not measured' : secondsText(seconds);
}

/** What drills took counts as well as what is predicted. */
function outlookText({ longestSeconds, drilledSeconds, objectiveSeconds, withoutSnapshot }: TierReadiness): string {
  if (withoutSnapshot > 0) return 'missed';
  const known = [longestSeconds, drilledSeconds].filter(seconds => seconds !== null);
  if (known.length === 0) return 'not measured';
  return known.every(seconds => seconds <= objectiveSeconds) ? 'met' : 'missed';
}
