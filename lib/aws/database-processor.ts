/**
 * How busy the processor of the source is, as CloudWatch measures it for RDS: once a minute, for the instance, or for the writer of a
 * cluster. Invariant: what is not known is null, soon, and asked again a minute later; it holds up no run.
 *
 * Source: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/dimensions.html
 */
import type { CloudWatchClient, Dimension } from '@aws-sdk/client-cloudwatch';
import type { WatchedDatabase } from '../domain/database-load.ts';
import { type AwsTarget, clientOptions } from './clients.ts';

const MINUTE_MS = 60_000;
/** Values arrive a minute or two late. */
const LOOK_BACK_MS = 5 * MINUTE_MS;
/** One attempt: without a route to CloudWatch there is no answer. */
const ONE_SHORT_ATTEMPT = { maxAttempts: 1, silenceMs: 3000 };

/** Percent of the newest minute that is measured. The client is loaded with the first question. */
export function databaseProcessor(
  target: AwsTarget,
  database: WatchedDatabase,
  now: () => number,
): () => Promise<number | null> {
  let asked = Number.NEGATIVE_INFINITY;
  let client: CloudWatchClient | undefined;
  let answer: Promise<number | null> = Promise.resolve(null);
  return () => {
    if (now() - asked < MINUTE_MS) return answer;
    asked = now();
    answer = ask().catch(() => null);
    return answer;
  };

  async function ask(): Promise<number | null> {
    const { CloudWatchClient, GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
    client ??= new CloudWatchClient(clientOptions({ ...target, ...ONE_SHORT_ATTEMPT }));
    const Metric = { Namespace: 'AWS/RDS', MetricName: 'CPUUtilization', Dimensions: dimensionsOf(database) };
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        MetricDataQueries: [{ Id: 'processor', MetricStat: { Metric, Period: 60, Stat: 'Average' } }],
        StartTime: new Date(asked - LOOK_BACK_MS),
        EndTime: new Date(asked),
        ScanBy: 'TimestampDescending',
      }),
    );
    return MetricDataResults?.[0]?.Values?.[0] ?? null;
  }
}

function dimensionsOf({ kind, identifier }: WatchedDatabase): Dimension[] {
  if (kind === 'instance') return [{ Name: 'DBInstanceIdentifier', Value: identifier }];
  return [
    { Name: 'DBClusterIdentifier', Value: identifier },
    { Name: 'Role', Value: 'WRITER' },
  ];
}
