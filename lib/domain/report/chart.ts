/**
 * Charts as inline SVG: no script, colours from the style of the page, a title and a description for readers that see no
 * picture; the page has the table beside it. Invariant: a value that is not known is a hatched gap, never a zero.
 */
import { escapedHtml } from '../html-text.ts';

export interface ChartSeries {
  readonly name: string;
  /** One for each label; null: not known. */
  readonly values: readonly (number | null)[];
}

export interface Chart {
  /** Unique in the page: letters, digits, hyphens. */
  readonly id: string;
  readonly title: string;
  /** What it shows, in a sentence. */
  readonly description: string;
  readonly kind: 'line' | 'bar';
  /** Of the values: days. */
  readonly labels: readonly string[];
  /** At most three. */
  readonly series: readonly ChartSeries[];
  readonly text: (value: number) => string;
  /** A line that values should stay below. */
  readonly limit?: { readonly value: number; readonly name: string };
}

const SIZE = { width: 720, height: 220, left: 76, right: 12, top: 14, bottom: 28 };
const PLOT = { width: SIZE.width - SIZE.left - SIZE.right, height: SIZE.height - SIZE.top - SIZE.bottom };
const GRID_LINES = 4;
const MOST_LABELS = 8;

/** A figure with its legend. */
export function chartFigure(chart: Chart): string {
  const { id, title, description, series, limit } = chart;
  const legend = series.map(({ name }, index) => `<li class="s${index}">${escapedHtml(name)}</li>`).join('');
  const line = limit ? `<li class="limit">${escapedHtml(limit.name)}</li>` : '';
  const gap = hasGap(chart) ? '<li class="gap">not recorded</li>' : '';
  return `<figure class="chart">
<figcaption>${escapedHtml(title)}</figcaption>
<svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${escapedHtml(title)}</title>
<desc id="${id}-desc">${escapedHtml(description)}</desc>
${drawing(chart)}
</svg>
<ul class="legend">${legend}${line}${gap}</ul>
</figure>`;
}

function drawing(chart: Chart): string {
  const top = scaleTop(chart);
  const y = (value: number) => round(SIZE.top + PLOT.height * (1 - Math.min(value, top) / top));
  return [
    `<defs><pattern id="${chart.id}-gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>`,
    gaps(chart),
    grid(chart, top, y),
    ...chart.series.map((series, index) =>
      chart.kind === 'line' ? lines(chart, series, index, y) : bars(chart, series, index, y),
    ),
    chart.limit && chart.limit.value <= top
      ? `<line class="limit" x1="${SIZE.left}" x2="${SIZE.left + PLOT.width}" y1="${y(chart.limit.value)}" y2="${y(chart.limit.value)}"/>`
      : '',
    dayLabels(chart),
  ]
    .filter(part => part !== '')
    .join('\n');
}

/** Width of a label's place. */
const step = ({ labels }: Chart) => PLOT.width / Math.max(1, labels.length);
const middle = (chart: Chart, index: number) => round(SIZE.left + step(chart) * (index + 0.5));

function grid({ text }: Chart, top: number, y: (value: number) => number): string {
  const values = Array.from({ length: GRID_LINES + 1 }, (_, index) => (top * index) / GRID_LINES);
  return values
    .map(
      value =>
        `<line class="grid" x1="${SIZE.left}" x2="${SIZE.left + PLOT.width}" y1="${y(value)}" y2="${y(value)}"/><text class="axis" x="${SIZE.left - 8}" y="${y(value) + 4}" text-anchor="end">${escapedHtml(text(value))}</text>`,
    )
    .join('\n');
}

function dayLabels(chart: Chart): string {
  const { labels } = chart;
  const every = Math.max(1, Math.ceil(labels.length / MOST_LABELS));
  return labels
    .flatMap((label, index) =>
      index % every === 0
        ? [
            `<text class="axis" x="${middle(chart, index)}" y="${SIZE.height - 8}" text-anchor="middle">${escapedHtml(label)}</text>`,
          ]
        : [],
    )
    .join('\n');
}

/** Labels of which no series has a value. */
function isGap({ series }: Chart, index: number): boolean {
  return series.every(({ values }) => (values[index] ?? null) === null);
}

function hasGap(chart: Chart): boolean {
  return chart.labels.some((_, index) => isGap(chart, index));
}

function gaps(chart: Chart): string {
  const width = round(step(chart));
  return chart.labels
    .flatMap((_, index) =>
      isGap(chart, index)
        ? [
            `<rect fill="url(#${chart.id}-gap)" x="${round(SIZE.left + step(chart) * index)}" y="${SIZE.top}" width="${width}" height="${PLOT.height}"/>`,
          ]
        : [],
    )
    .join('\n');
}

/** A line for each stretch of known values; a single value is a dot. */
function lines(chart: Chart, { values }: ChartSeries, index: number, y: (value: number) => number): string {
  const stretches: string[][] = [[]];
  for (const [place, value] of values.entries()) {
    if (value === null) stretches.push([]);
    else stretches.at(-1)!.push(`${middle(chart, place)},${y(value)}`);
  }
  return stretches
    .filter(points => points.length > 0)
    .map(points => {
      const [x, height] = points[0]!.split(',');
      return points.length === 1
        ? `<circle class="s${index}" cx="${x}" cy="${height}" r="3"/>`
        : `<polyline class="s${index}" points="${points.join(' ')}"/>`;
    })
    .join('\n');
}

function bars(chart: Chart, { values }: ChartSeries, index: number, y: (value: number) => number): string {
  const each = (step(chart) * 0.72) / chart.series.length;
  return values
    .flatMap((value, place) => {
      if (value === null) return [];
      const x = round(SIZE.left + step(chart) * (place + 0.14) + each * index);
      const height = round(SIZE.top + PLOT.height - y(value));
      return [
        `<rect class="s${index}" x="${x}" y="${y(value)}" width="${round(Math.max(1, each))}" height="${height}"/>`,
      ];
    })
    .join('\n');
}

/** 1, 2 or 5 times a power of ten, not below the greatest value. */
function scaleTop({ series, limit }: Chart): number {
  const known = series.flatMap(({ values }) => values.flatMap(value => value ?? []));
  // Only zeros are drawn on a scale too.
  const greatest = Math.max(0, ...known) || 1;
  const aim = limit && limit.value < greatest * 3 ? Math.max(greatest, limit.value) : greatest;
  const power = 10 ** Math.floor(Math.log10(aim));
  return [1, 2, 4, 5, 8, 10].map(times => times * power).find(top => top >= aim * 0.9999)!;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
