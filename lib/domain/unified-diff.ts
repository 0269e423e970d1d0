/**
 * The difference of two texts as a unified diff, for `patch` and `git apply`. Pure. Invariants: applied to the first text it
 * gives the second, byte for byte; a line that is to stay hidden is neither context nor changed: the diff is refused.
 */

export interface DiffedTexts {
  /** Path of the file, relative, in both headers. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** Lines that must not be shown. */
  readonly isHidden?: (line: string) => boolean;
}

/** One line, with its line end where it has one. */
interface Step {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

const CONTEXT = 3;

/** Empty where the texts are the same; undefined where a hidden line changes. */
export function unifiedDiff({ name, before, after, isHidden = () => false }: DiffedTexts): string | undefined {
  const steps = stepsOf(linesOf(before), linesOf(after));
  if (steps.every(({ sign }) => sign === ' ')) return '';
  if (steps.some(({ sign, line }) => sign !== ' ' && isHidden(line))) return undefined;
  const shown = shownSteps(steps, isHidden);
  const hunks: string[] = [];
  for (let at = 0; at < steps.length; at++) {
    if (!shown[at]) continue;
    const end = endOfRun(shown, at);
    hunks.push(hunkOf(steps, at, end));
    at = end;
  }
  return `--- a/${name}\n+++ b/${name}\n${hunks.join('')}`;
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** By the longest common subsequence of what is between the common beginning and the common end. */
function stepsOf(before: readonly string[], after: readonly string[]): Step[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const same = (lines: readonly string[]) => lines.map((line): Step => ({ sign: ' ', line }));
  return [
    ...same(before.slice(0, head)),
    ...changedSteps(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.slice(before.length - tail)),
  ];
}

function changedSteps(before: readonly string[], after: readonly string[]): Step[] {
  const common = commonLengths(before, after);
  const steps: Step[] = [];
  let [a, b] = [0, 0];
  while (a < before.length || b < after.length) {
    if (a < before.length && before[a] === after[b]) {
      steps.push({ sign: ' ', line: before[a]! });
      a++;
      b++;
    } else if (a < before.length && (b === after.length || common[a + 1]![b]! >= common[a]![b + 1]!)) {
      steps.push({ sign: '-', line: before[a]! });
      a++;
    } else {
      steps.push({ sign: '+', line: after[b]! });
      b++;
    }
  }
  return steps;
}

/** [a][b]: length of the longest common subsequence of the lines from a and from b on. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const table = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let a = before.length - 1; a >= 0; a--) {
    for (let b = after.length - 1; b >= 0; b--) {
      const isSame = before[a] === after[b];
      table[a]![b] = isSame ? table[a + 1]![b + 1]! + 1 : Math.max(table[a + 1]![b]!, table[a]![b + 1]!);
    }
  }
  return table;
}

/** What changes, with up to three lines of context on each side; a hidden line ends the context. */
function shownSteps(steps: readonly Step[], isHidden: (line: string) => boolean): boolean[] {
  const shown = steps.map(({ sign }) => sign !== ' ');
  const spread = (from: number, by: 1 | -1) => {
    for (let at = from + by, n = 0; n < CONTEXT && steps[at]?.sign === ' '; at += by, n++) {
      if (isHidden(steps[at]!.line)) return;
      shown[at] = true;
    }
  };
  for (const [at, { sign }] of steps.entries()) {
    if (sign === ' ') continue;
    spread(at, -1);
    spread(at, 1);
  }
  return shown;
}

function endOfRun(shown: readonly boolean[], from: number): number {
  let end = from;
  while (shown[end + 1]) end++;
  return end;
}

function hunkOf(steps: readonly Step[], from: number, to: number): string {
  const count = (sides: string, some: readonly Step[]) => some.filter(({ sign }) => sides.includes(sign)).length;
  const [earlier, here] = [steps.slice(0, from), steps.slice(from, to + 1)];
  const range = (side: string) => {
    const length = count(side, here);
    // Without lines, a hunk stands after the line of its number.
    return `${count(side, earlier) + (length === 0 ? 0 : 1)},${length}`;
  };
  const body = here.map(({ sign, line }) =>
    line.endsWith('\n') ? `${sign}${line}` : `${sign}${line}\n\\ No newline at end of file\n`,
  );
  return `@@ -${range(' -')} +${range(' +')} @@\n${body.join('')}`;
}
