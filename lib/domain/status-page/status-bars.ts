/**
 * The days of a component as bars: inline SVG, no script. Invariant: each state has a shape of its own, so that the bars are
 * read without colour and on paper; a day that is not known is hatched.
 */
import { escapedHtml } from '../html-text.ts';
import { secondsText } from '../report/numbers-text.ts';
import type { DayState } from './component-days.ts';
import type { PageComponent } from './status-page.ts';
import { COMPONENT_NAMES } from './status-post.ts';

type PageDay = PageComponent['days'][number];

export const DAY_WORDS: Readonly<Record<DayState, string>> = {
  up: 'operational',
  degraded: 'degraded',
  down: 'down',
  idle: 'nothing was due',
  unknown: 'not known',
};

const STEP = 8;
const WIDTH = 6;
const HEIGHT = 36;
/** Of the bar, from the bottom. */
const TALL: Readonly<Record<DayState, number>> = { up: HEIGHT, degraded: 24, down: 12, idle: 4, unknown: HEIGHT };

export function statusBars({ component, days }: PageComponent): string {
  const id = `bars-${component}`;
  const bars = days.map((day, index) => {
    const tall = TALL[day.state];
    const fill = day.state === 'unknown' ? ` fill="url(#${id}-gap)"` : '';
    return `<rect class="${day.state}"${fill} x="${index * STEP + 1}" y="${HEIGHT - tall}" width="${WIDTH}" height="${tall}"><title>${escapedHtml(dayText(day))}</title></rect>`;
  });
  return `<svg class="bars" viewBox="0 0 ${days.length * STEP} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${escapedHtml(summary(component, days))}">
<defs><pattern id="${id}-gap" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="5"/></pattern></defs>
${bars.join('\n')}
</svg>`;
}

/** `2026-01-31: degraded, 4 min 30 s down`. */
function dayText({ day, state, downSeconds }: PageDay): string {
  return `${day}: ${DAY_WORDS[state]}${downSeconds ? `, ${secondsText(downSeconds)} down` : ''}`;
}

function summary(component: PageComponent['component'], days: readonly PageDay[]): string {
  const states = Object.keys(DAY_WORDS) as DayState[];
  const counts = states
    .map(state => [DAY_WORDS[state], days.filter(day => day.state === state).length] as const)
    .filter(([, count]) => count > 0);
  return `${COMPONENT_NAMES[component]}, ${days.length} days: ${counts.map(([word, count]) => `${word} ${count}`).join(', ')}`;
}
