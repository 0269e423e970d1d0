/**
 * The order of all test files in one run: the longest first, so that no worker ends alone with one; files of `e2e`, which
 * wait for other processes, between those of `integration`, which do not; the short files of the other tiers last. Only the
 * order: every file runs.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Beginnings of the names of files that take minutes. A fresh clone knows no times, and some of these are short to read. */
const LONG = ['recorded-requests-', 'r1-', 'failover', 'function-logs', 'r8-', 'governed-year', 'restore-steps'];
/** All of `e2e` has begun when this part of `integration` has: the last file should not be one of them. */
const MIXED_PART = 0.6;

export class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const of = (name: string) => sorted.filter(({ project }) => project.name === name);
    const others = sorted.filter(({ project }) => !['e2e', 'integration'].includes(project.name));
    const placed = [...spread(of('e2e'), MIXED_PART), ...spread(longFirst(of('integration')), 1)];
    return [...placed.sort((a, b) => a.place - b.place).map(({ file }) => file), ...others];
  }
}

function longFirst(files: readonly TestSpecification[]): TestSpecification[] {
  const rank = ({ moduleId }: TestSpecification) => {
    const name = moduleId.slice(moduleId.lastIndexOf('/') + 1);
    const found = LONG.findIndex(beginning => name.startsWith(beginning));
    return found === -1 ? LONG.length : found;
  };
  return files.toSorted((a, b) => rank(a) - rank(b));
}

/** Evenly over that part of a run. */
function spread(files: readonly TestSpecification[], part: number): { place: number; file: TestSpecification }[] {
  return files.map((file, index) => ({ place: (part * (index + 0.5)) / files.length, file }));
}
