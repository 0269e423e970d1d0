/** `activity`: when a tenant changed how much, and what stands out; from the summaries of the log alone. */
import { type Command, InvalidArgumentError } from 'commander';
import { BUCKET_MS, bucketCount, bucketSize, histogram, spikesOf } from '../../lib/domain/activity-histogram.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { activityOf, loggedRange } from '../../lib/operations/log/read-activity.ts';
import { type ActivityReport, activityDocument, renderActivity } from '../terminal/activity-text.ts';
import { type RangeOptions, recentBoundsOf } from '../terminal/log-range.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';

interface ActivityOptions extends RangeOptions {
  readonly bucket?: number;
}

/** More lines than a person reads, or a terminal keeps. */
const MOST_BUCKETS = 2000;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3600_000, d: 86_400_000 };

export function registerActivity(program: Command): void {
  program
    .command('activity')
    .description('show when a tenant changed how much, and what is unusual')
    .argument('<tenant>', 'tenant id')
    .option('--from <target>', 'time, LSN or marker (default: 24 hours before --to)')
    .option('--to <target>', 'time, LSN or marker (default: the newest shipped)')
    .option('--table <table>', 'only changes of this table')
    .option('--bucket <size>', 'time per line: 1m, 5m, 15m, 1h … (default: by the range)', bucket)
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast activity 17\n  $ holdfast activity 17 --from '3 hours ago' --bucket 5m \\\n      --table public.invoices\n\nReads the summaries that every run of the log records, not the log itself.",
    )
    .action(inSession(activity));
}

function bucket(text: string): number {
  const match = /^(\d{1,4})(m|h|d)$/.exec(text);
  const size = match ? Number(match[1]) * UNIT_MS[match[2]!]! : 0;
  if (!BUCKET_MS.includes(size))
    throw new InvalidArgumentError('Must be 1m, 5m, 10m, 15m, 30m, 1h, 2h, 6h, 12h or 1d.');
  return size;
}

async function activity(session: Session, named: string, options: ActivityOptions): Promise<void> {
  const deps = await session.deps();
  const { ref, id: tenant } = await askedTenant(session, named);
  const at = await recoveryMaterial(deps, ref);
  const bounds = await recentBoundsOf(session, deps, at, options);
  const { runs, from, to, holes } = await loggedRange(deps, ref, at.runs, bounds);
  const found = activityOf(runs, ref, bounds);
  const report: ActivityReport = {
    ...{ tenant, holes, unrouted: found.unrouted, table: options.table },
    ...(from === undefined || to === undefined || from > to
      ? { range: undefined, sizeMs: 0, buckets: [], spikes: [] }
      : bucketsOf(found.samples, { from, to }, options)),
  };
  session.emit(activityDocument(report), () => renderActivity(report, session));
}

function bucketsOf(
  samples: ReturnType<typeof activityOf>['samples'],
  range: { readonly from: string; readonly to: string },
  options: ActivityOptions,
): Pick<ActivityReport, 'range' | 'sizeMs' | 'buckets' | 'spikes'> {
  const sizeMs = options.bucket ?? bucketSize(range);
  const count = bucketCount(range, sizeMs);
  if (count > MOST_BUCKETS) {
    throw new InputError('bad-range', `The range has ${count} buckets of this size.`, {
      hint: 'Choose a larger --bucket, or a shorter range with --from and --to.',
    });
  }
  const buckets = histogram(samples, range, sizeMs, options.table);
  return { range, sizeMs, buckets, spikes: spikesOf(buckets) };
}
