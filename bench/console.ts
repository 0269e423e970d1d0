/**
 * The console over a large fleet: pages of the list of tenants with 100,000 tenants in the catalog against the same with 100, in
 * alternation, from two consoles as installed. A page is to take as long in both; what has to look at every tenant is named.
 */
import { cursorOf } from '../lib/api/paging.ts';
import { formatCount } from '../lib/planner/cost-line.ts';
import { type BenchArguments, runAlone } from './arguments.ts';
import { type FleetOfSize, fleetOf } from './console-fleet.ts';
import { growth, kept, milliseconds, type Result } from './lines.ts';
import { median, medianSeconds, progress, type Run } from './measure.ts';
import { buildPages, type ServedConsole, serveInstalled } from './served-console.ts';
import type { BenchServer } from './server.ts';

const SMALL = 100;
const LARGE = 100_000;
/** As the console asks for them. */
const PAGE = 50;
/** Of each question in a run: a request is short. */
const ASKED = 9;
/** What a page of the large fleet may take, in pages of the small one. */
const MOST = 1.5;

const NAMES = [
  ...(['first page', 'last page, by its cursor', 'search by a name'] as const),
  ...(['search that every tenant matches', 'the worst first', 'totals'] as const),
];
type Question = (typeof NAMES)[number];
const QUESTIONS: Readonly<Record<Question, (fleet: FleetOfSize) => string>> = {
  'first page': () => `/tenants?limit=${PAGE}`,
  'last page, by its cursor': ({ refs }) => `/tenants?limit=${PAGE}&cursor=${cursorOf(refs.at(-PAGE - 1)!)}`,
  'search by a name': ({ nameAt }) => `/tenants?limit=${PAGE}&search=${encodeURIComponent(nameAt(0.9))}`,
  'search that every tenant matches': () => `/tenants?limit=${PAGE}&search=customer`,
  'the worst first': () => `/tenants?limit=${PAGE}&problems=true`,
  totals: () => '/fleet',
};

interface Side {
  readonly fleet: FleetOfSize;
  readonly console: ServedConsole;
}
/** Of each run, the median of its requests. */
type Found = Record<Question, Timed[]>;
type Timed = Pick<Run, 'seconds'>;

export async function consoleOfFleet(server: BenchServer, options: BenchArguments): Promise<Result> {
  await buildPages();
  const large = Math.max(2 * SMALL, Math.round(LARGE * options.scale));
  const sides: Side[] = [];
  try {
    for (const size of [SMALL, large]) {
      const fleet = await fleetOf(server, options.dir, size);
      sides.push({ fleet, console: await serveInstalled(fleet.installation) });
      progress(`a console over ${size} tenants`);
    }
    const [few, many] = sides as [Side, Side];
    await counted(few);
    const counting = await counted(many);
    const found = await inTurn({ few, many }, options.runs);
    const against = (what: string, now: readonly Timed[], page: Question, atMost?: number) => {
      const line = growth(what, now, found.few[page], atMost);
      return { ...line, value: `${line.value} (${shown(now)}, of ${SMALL} tenants ${shown(found.few[page])})` };
    };
    return {
      ...{ bench: 'console', scale: options.scale },
      lines: [
        ...NAMES.map(name => against(`${name}, ${large} tenants`, found.many[name], name, MOST)),
        against('first page, while all are counted', [counting.page], 'first page'),
        milliseconds('counting, for each thousand tenants', [counting.tookMs / (large / 1000)]),
        kept('pages show the tenants that they should', await areRight(many)),
      ],
      data: { small: SMALL, large, page: PAGE, counting, ...found },
      page: { file: 'docs/scale.md', text: pageOfTimes(found, large, counting) },
    };
  } finally {
    for (const side of sides) await side.console.stop();
  }
}

interface Counting {
  readonly tookMs: number;
  /** The first one, meanwhile. */
  readonly page: Timed;
}

/** The first question for the totals begins to count them. */
async function counted({ console, fleet }: Side): Promise<Counting> {
  const began = performance.now();
  const pages: number[] = [];
  for (let isDone = false; !isDone; ) {
    isDone = (await console.get(QUESTIONS.totals(fleet))).answer.counted !== null;
    pages.push((await console.get(QUESTIONS['first page'](fleet))).ms);
  }
  const tookMs = performance.now() - began;
  progress(`${fleet.size} tenants counted in ${Math.round(tookMs)} ms`);
  return { tookMs, page: { seconds: median(pages) / 1000 } };
}

async function inTurn(sides: Record<'few' | 'many', Side>, runs: number): Promise<Record<'few' | 'many', Found>> {
  const ask = async ({ fleet, console }: Side, name: Question) => (await console.get(QUESTIONS[name](fleet))).ms;
  const found = { few: noTimes(), many: noTimes() };
  for (let run = 0; run < runs; run++) {
    for (const name of NAMES) {
      const took = { few: [] as number[], many: [] as number[] };
      // Of the first of each, what is kept for many requests is read.
      for (const side of ['few', 'many'] as const) await ask(sides[side], name);
      for (let n = 0; n < ASKED; n++)
        for (const side of ['few', 'many'] as const) took[side].push(await ask(sides[side], name));
      for (const side of ['few', 'many'] as const) found[side][name].push({ seconds: median(took[side]) / 1000 });
    }
    progress(`pages ${run + 1}/${runs}: ${shown(found.many['first page'])}, ${shown(found.few['first page'])}`);
  }
  return found;
}

function noTimes(): Found {
  return Object.fromEntries(NAMES.map(name => [name, []])) as unknown as Found;
}

function shown(times: readonly Timed[]): string {
  return `${(medianSeconds(times) * 1000).toFixed(1)} ms`;
}

/** For docs/scale.md, as Markdown. */
function pageOfTimes({ few, many }: Record<'few' | 'many', Found>, large: number, counting: Counting): string {
  const rows = NAMES.map(name => {
    const ratio = medianSeconds(many[name]) / medianSeconds(few[name]);
    return `| ${name} | ${shown(few[name])} | ${shown(many[name])} | ${ratio.toFixed(2)} × |`;
  });
  const meanwhile = `${shown([counting.page])} while all tenants are counted`;
  return [
    `Medians of ${few.totals.length} run(s); a first page takes ${meanwhile}, which is ${Math.round(counting.tookMs / 1000)} s.`,
    '',
    `| of the list | ${formatCount(SMALL)} tenants | ${formatCount(large)} tenants | ratio |`,
    '| --- | ---: | ---: | ---: |',
    ...[...rows, ''],
  ].join('\n');
}

/** What was so quick is what was asked for. */
async function areRight({ console, fleet }: Side): Promise<boolean> {
  const listed = async (name: Question): Promise<{ tenant: string; label: string }[]> =>
    (await console.get(QUESTIONS[name](fleet))).answer.tenants;
  const refs = async (name: Question) => (await listed(name)).map(({ tenant }) => tenant).join();
  const named = await listed('search by a name');
  return (
    (await refs('first page')) === fleet.refs.slice(0, PAGE).join() &&
    (await refs('last page, by its cursor')) === fleet.refs.slice(-PAGE).join() &&
    (await refs('search that every tenant matches')) === fleet.refs.slice(0, PAGE).join() &&
    (await listed('the worst first')).length === PAGE &&
    named.length === 1 &&
    named[0]!.label === fleet.nameAt(0.9)
  );
}

await runAlone(import.meta, consoleOfFleet);
