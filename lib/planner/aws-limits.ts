/**
 * The limits of AWS: each with its default, whether it can be raised, and its source page. Defaults of eu-central-1
 * where they differ by region.
 */

export interface Limit {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly raisable: boolean;
  readonly source: string;
}

const docs = (page: string) => `https://docs.aws.amazon.com/${page}`;
const STATES = docs('step-functions/latest/dg/service-quotas.html');
const KMS = docs('kms/latest/developerguide/requests-per-second.html');
const PARTITION = docs('amazondynamodb/latest/developerguide/warm-throughput-scenarios.html');
const S3 = docs('AmazonS3/latest/userguide/optimizing-performance.html');

function limit(name: string, value: number, unit: string, raisable: boolean, source: string): Limit {
  return { name, value, unit, raisable, source };
}

export const LIMITS = {
  stateBytes: limit('Step Functions: input or output of a state', 256 * 1024, 'bytes', false, STATES),
  historyEvents: limit('Step Functions: events in one execution', 25_000, 'events', false, STATES),
  childExecutions: limit(
    'Step Functions: concurrent child executions of a map run',
    10_000,
    'executions',
    false,
    STATES,
  ),
  childStarts: limit('Step Functions: standard child executions started', 100, 'a second', false, STATES),
  transitions: limit('Step Functions: state transitions (standard)', 800, 'a second', true, STATES),
  startExecution: limit('Step Functions: StartExecution', 150, 'a second', true, STATES),
  openExecutions: limit('Step Functions: open executions', 1_000_000, 'executions', true, STATES),
  functionSeconds: limit('Lambda: one call', 900, 's', false, docs('lambda/latest/dg/gettingstarted-limits.html')),
  functionsAtOnce: limit(
    'Lambda: concurrent calls',
    1000,
    'calls',
    true,
    docs('lambda/latest/dg/lambda-concurrency.html'),
  ),
  functionScaling: limit(
    'Lambda: growth of concurrent calls',
    100,
    'a second',
    false,
    docs('lambda/latest/dg/scaling-behavior.html'),
  ),
  kmsSymmetric: limit('KMS: symmetric requests', 20_000, 'a second', true, KMS),
  kmsSign: limit('KMS: signatures with elliptic curves', 1000, 'a second', true, KMS),
  kmsDescribe: limit('KMS: DescribeKey', 2000, 'a second', true, KMS),
  kmsCreate: limit('KMS: CreateKey (a replica counts twice)', 5, 'a second', true, KMS),
  kmsKeys: limit(
    'KMS: keys in an account and region',
    100_000,
    'keys',
    true,
    docs('kms/latest/developerguide/resource-limits.html'),
  ),
  partitionReads: limit('DynamoDB: reads of one partition', 3000, 'units a second', false, PARTITION),
  partitionWrites: limit('DynamoDB: writes of one partition', 1000, 'units a second', false, PARTITION),
  tableWrites: limit('DynamoDB: writes of a new on-demand table', 4000, 'units a second', true, PARTITION),
  s3Puts: limit('S3: PUT, COPY, POST, DELETE of one prefix', 3500, 'a second', false, S3),
  s3Gets: limit('S3: GET, HEAD of one prefix', 5500, 'a second', false, S3),
} as const satisfies Record<string, Limit>;
