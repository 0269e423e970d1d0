/** The end of a rebuild in shards: the total of all shards and the log. */
import { addCounts, NOTHING_REBUILT, type RebuildCounts, SHOWN_LEFT_OUT } from '../../domain/rebuild-counts.ts';

export type FinishedRebuild = Omit<RebuildCounts, 'first'> & { readonly leftOutFirst: RebuildCounts['first'] };

export function finishRebuild(counted: readonly RebuildCounts[]): FinishedRebuild {
  const all = counted.reduce((sum, counts) => addCounts(sum, counts, SHOWN_LEFT_OUT), NOTHING_REBUILT);
  const { first, ...counts } = all;
  return { ...counts, leftOutFirst: first };
}
