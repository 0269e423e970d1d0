/**
 * The prices of AWS: each with its unit, the date of its price list and its source. List prices in US dollars,
 * first tier, without free tiers and discounts. Invariant: no number is invented; if none was found for a region,
 * another region's is used and its line names that region.
 *
 * The dates are those of the published price list (in part as quoted by others: see docs/cost.md).
 */

export type PricedRegion = 'eu-central-1' | 'us-east-1' | 'eu-west-1';

export interface Price {
  readonly usd: number;
  /** Number of units that the price is for. */
  readonly per: number;
  readonly unit: string;
  /** Date of the price list or page. */
  readonly asOf: string;
  readonly source: string;
  /** The region of the price, if it replaces a missing one. */
  readonly standsIn?: string;
}

export type PriceName = keyof typeof LIST;

interface Entry {
  readonly per: number;
  readonly unit: string;
  readonly asOf: string;
  readonly source: string;
  /** Dollars by region; null if none was found. */
  readonly usd: Readonly<Record<PricedRegion, number | null>>;
}

const offer = (name: string) => `https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/${name}/current/index.json`;

function entry(usd: readonly [number | null, number | null, number | null], rest: Omit<Entry, 'usd'>): Entry {
  return { ...rest, usd: { 'eu-central-1': usd[0], 'us-east-1': usd[1], 'eu-west-1': usd[2] } };
}

const everywhere = (usd: number, rest: Omit<Entry, 'usd'>): Entry => entry([usd, usd, usd], rest);

const S3 = { asOf: '2026-08-07', source: offer('AmazonS3') };
const S3_PAGE = { asOf: 'undated', source: 'https://aws.amazon.com/s3/pricing/' };
const DYNAMO = { asOf: '2026-08-15', source: offer('AmazonDynamoDB') };
const WATCH = { asOf: '2026-08-06', source: offer('AmazonCloudWatch') };
const KMS = { asOf: '2026-06-13', source: 'https://aws.amazon.com/kms/pricing/' };
const LAMBDA = { asOf: '2026-09-11', source: offer('AWSLambda') };
const PRIVATE_LINK = { asOf: '2026-09-22', source: offer('AmazonVPC') };
const NAT = { asOf: 'undated', source: offer('AmazonEC2') };
const GB_MONTH = { per: 1, unit: 'GB-month' };

const LIST = {
  s3Put: entry([0.0054, 0.005, 0.005], { ...S3, per: 1000, unit: 'PUT, COPY, POST or LIST requests' }),
  s3Get: entry([0.00043, 0.0004, 0.0004], { ...S3, per: 1000, unit: 'GET, HEAD and other requests' }),
  s3Standard: entry([0.0245, 0.023, 0.023], { ...S3, ...GB_MONTH }),
  s3Infrequent: entry([0.0135, 0.0125, 0.0125], { ...S3, ...GB_MONTH }),
  s3InstantArchive: entry([null, 0.004, null], { ...S3, asOf: '2025-10-28', ...GB_MONTH }),
  /** Replication writes in the class of the replica; the list has no other number for a PUT into this class. */
  s3ToInfrequent: everywhere(0.01, { ...S3, per: 1000, unit: 'objects moved to Standard-IA' }),
  s3ToInstantArchive: everywhere(0.02, { ...S3, per: 1000, unit: 'objects moved to Glacier Instant Retrieval' }),
  s3ToIntelligent: everywhere(0.01, { ...S3_PAGE, per: 1000, unit: 'objects moved to Intelligent-Tiering' }),
  s3Watched: everywhere(0.0025, { ...S3_PAGE, per: 1000, unit: 'objects that Intelligent-Tiering watches, a month' }),
  s3ReadInfrequent: everywhere(0.01, { ...S3_PAGE, per: 1, unit: 'GB read from Standard-IA' }),
  s3ReadInstantArchive: everywhere(0.03, { ...S3_PAGE, per: 1, unit: 'GB read from Glacier Instant Retrieval' }),
  s3TimeControl: everywhere(0.015, {
    ...{ per: 1, unit: 'GB replicated with time control', asOf: 'undated' },
    source: 'https://aws.amazon.com/s3/pricing/',
  }),
  transferOut: everywhere(0.02, {
    ...{ per: 1, unit: 'GB to another region', asOf: 'undated' },
    source: 'https://aws.amazon.com/s3/pricing/',
  }),
  kmsKey: everywhere(1, {
    ...KMS,
    per: 1,
    unit: 'key-months (each replica, and the first two rotations, count as one)',
  }),
  kmsRequest: everywhere(0.03, { ...KMS, per: 10_000, unit: 'symmetric requests' }),
  kmsSign: everywhere(0.15, { ...KMS, per: 10_000, unit: 'asymmetric requests' }),
  lambdaTime: everywhere(0.000_013_333_4, { ...LAMBDA, per: 1, unit: 'GB-seconds (arm64)' }),
  lambdaRequest: everywhere(0.2, { ...LAMBDA, per: 1_000_000, unit: 'requests' }),
  transition: everywhere(0.025, {
    ...{ per: 1000, unit: 'state transitions', asOf: '2025-08-28', source: offer('AmazonStates') },
  }),
  scheduled: entry([1.15, 1, 1], {
    ...{ per: 1_000_000, unit: 'scheduled invocations', asOf: '2026-05-29', source: offer('AWSEvents') },
  }),
  dynamoWrite: entry([0.7625, 0.625, 0.705], { ...DYNAMO, per: 1_000_000, unit: 'write request units' }),
  dynamoRead: entry([0.1525, 0.125, 0.1415], { ...DYNAMO, per: 1_000_000, unit: 'read request units' }),
  dynamoStorage: entry([0.306, 0.25, 0.283], { ...DYNAMO, ...GB_MONTH }),
  dynamoRecovery: entry([0.2448, 0.2, 0.22], { ...DYNAMO, per: 1, unit: 'GB-month of point-in-time recovery' }),
  logIngest: entry([0.63, 0.5, 0.57], { ...WATCH, per: 1, unit: 'GB of logs ingested' }),
  logStorage: entry([0.0324, 0.03, 0.03], { ...WATCH, ...GB_MONTH }),
  metric: everywhere(0.3, { ...WATCH, per: 1, unit: 'custom metrics (the first 10,000)' }),
  alarm: everywhere(0.1, { ...WATCH, per: 1, unit: 'alarms' }),
  trace: everywhere(5, {
    ...{ per: 1_000_000, unit: 'traces recorded', asOf: '2026', source: 'https://aws.amazon.com/xray/pricing/' },
  }),
  endpointHour: entry([0.012, 0.01, null], {
    ...PRIVATE_LINK,
    per: 1,
    unit: 'hours of an interface endpoint in a zone',
  }),
  endpointData: everywhere(0.01, { ...PRIVATE_LINK, per: 1, unit: 'GB through an interface endpoint' }),
  natHour: entry([0.052, 0.045, 0.048], { ...NAT, per: 1, unit: 'hours of a NAT gateway' }),
  natData: entry([0.052, 0.045, 0.048], { ...NAT, per: 1, unit: 'GB through a NAT gateway' }),
  publicAddress: everywhere(0.005, {
    ...{
      per: 1,
      unit: 'hours of a public IPv4 address',
      asOf: '2026-02-24',
      source: 'https://aws.amazon.com/vpc/pricing/',
    },
  }),
  secretRequest: everywhere(0.05, {
    ...{ per: 10_000, unit: 'API calls', asOf: '2024', source: 'https://aws.amazon.com/secrets-manager/pricing/' },
  }),
} as const satisfies Record<string, Entry>;

/** The most expensive of the listed regions: used for regions that are not listed. */
const STAND_IN: PricedRegion = 'eu-central-1';
const ORDER: readonly PricedRegion[] = [STAND_IN, 'eu-west-1', 'us-east-1'];

/** A region's price; if none was found, that of the first region that has one, marked. */
export function priceOf(name: PriceName, region: string): Price {
  const { usd, per, unit, asOf, source }: Entry = LIST[name];
  const own = usd[region as PricedRegion];
  if (typeof own === 'number') return { usd: own, per, unit, asOf, source };
  const other = ORDER.find(each => usd[each] !== null)!;
  return { usd: usd[other]!, per, unit, asOf, source, standsIn: other };
}

/** All prices, for a table. */
export function priceList(): {
  name: PriceName;
  unit: string;
  per: number;
  asOf: string;
  source: string;
  usd: Entry['usd'];
}[] {
  return (Object.keys(LIST) as PriceName[]).map(name => ({ name, ...(LIST[name] as Entry) }));
}
