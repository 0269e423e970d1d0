/**
 * What every function does around its one operation: parse the event, open the ports once per container, log without
 * tenant data, count in the embedded metric format, trace, and throw errors under the name by which the state machine
 * decides what to do (the message is JSON: code, message, hint, details).
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type * as z from 'zod';
import { previewKeptMs } from '../domain/approval-times.ts';
import { HoldfastError, InputError, IntegrityError, workflowErrorOf } from '../domain/errors.ts';
import { type FunctionConfig, METRICS_NAMESPACE } from '../domain/function-config.ts';
import { METRICS, type MetricBy, type MetricName } from '../domain/function-metrics.ts';
import type { Tier } from '../domain/objectives.ts';
import type { FailureKind } from '../domain/open-failure.ts';
import { failureText } from '../domain/workflow-failure.ts';
import type { Context } from '../operations/context.ts';
import type { PreviewPolicy } from '../operations/restore/compare/preview-reference.ts';
import type { AnnounceDeps } from '../operations/retention/announce-removal.ts';
import { type AwsPorts, openAws } from './aws.ts';
import { readFunctionConfig } from './config.ts';

type Measured<By extends MetricBy> = {
  [N in MetricName]: (typeof METRICS)[N]['by'] extends By ? N : never;
}[MetricName];

/** Records one value of a metric in METRICS, with the dimension that the metric has. */
interface Count {
  (name: Measured<'installation'>, value: number): void;
  (name: Measured<'tenant'>, value: number, whose: { tenant: string }): void;
  (name: Measured<'tier'>, value: number, whose: { tier: Tier }): void;
}

/** For work that does not need the database: everything except its address. */
export type StorageContext = Omit<Context, 'source'>;

export interface FunctionTools<C = Context> {
  readonly ctx: C;
  readonly aws: AwsPorts;
  readonly logger: Logger;
  readonly count: Count;
  /** Runs work with visible effects once: `key` identifies it across retries (aws/idempotency.ts). */
  once<T>(work: string, key: readonly string[], does: () => Promise<T>): Promise<T>;
}

/** Used if the Lambda context does not report the remaining time. */
const A_MINUTE_MS = 60_000;

// The service dimension is the installation's name, from the variable POWERTOOLS_SERVICE_NAME.
const logger = new Logger();
const metrics = new Metrics({ namespace: METRICS_NAMESPACE });
const tracer = new Tracer();
let opened: Promise<AwsPorts> | undefined;

/** A Lambda handler for one operation that uses the source database. `schema` validates the event. */
export function functionHandler<S extends z.ZodType, R>(
  schema: S,
  work: (event: z.infer<S>, tools: FunctionTools) => Promise<R>,
) {
  return wrapped<S, R, Context>(schema, aws => aws.context(), work);
}

/** The same for an operation that uses only vault and catalog: such a function never gets the database's password. */
export function storageHandler<S extends z.ZodType, R>(
  schema: S,
  work: (event: z.infer<S>, tools: FunctionTools<StorageContext>) => Promise<R>,
) {
  return wrapped<S, R, StorageContext>(schema, async aws => aws.storage, work);
}

/** The reference of the one tenant that the event concerns. */
export type Whose<S extends z.ZodType> = (event: z.infer<S>, aws: Pick<AwsPorts, 'config'>) => string;

/**
 * As functionHandler, for an operation on one tenant: vault and keyring reach that tenant and no other, with a session
 * that is created here and nowhere else.
 */
export function tenantHandler<S extends z.ZodType, R>(
  schema: S,
  whose: Whose<S>,
  work: (event: z.infer<S>, tools: FunctionTools) => Promise<R>,
) {
  const contextOf = async (aws: AwsPorts, event: z.infer<S>) => aws.context(await ofTenant(aws, whose(event, aws)));
  return wrapped<S, R, Context>(schema, contextOf, work);
}

/** As storageHandler, for an operation on one tenant. */
export function tenantStorageHandler<S extends z.ZodType, R>(
  schema: S,
  whose: Whose<S>,
  work: (event: z.infer<S>, tools: FunctionTools<StorageContext>) => Promise<R>,
) {
  return wrapped<S, R, StorageContext>(schema, (aws, event) => ofTenant(aws, whose(event, aws)), work);
}

/** With the tier of its metrics, which nothing else waits for or fails by. */
async function ofTenant(aws: AwsPorts, tenant: string): Promise<StorageContext> {
  if (aws.storage.policyQuery !== undefined) await aws.policyOf(tenant).catch(() => {});
  return aws.storageOf(tenant);
}

/** Where everything is still closed: what cannot be opened is the function's own result. */
export interface ClosedTools {
  readonly config: FunctionConfig;
  readonly open: () => Promise<AwsPorts>;
}

/** For the function that examines what all others need before they run. */
export function examiningHandler<S extends z.ZodType, R>(
  schema: S,
  work: (event: z.infer<S>, tools: ClosedTools) => Promise<R>,
) {
  return instrumented<S, R>(schema, event => work(event, { config: readFunctionConfig(), open: ports }));
}

/** For a function that uses nothing of the installation but its notices. */
export function detachedHandler<S extends z.ZodType, R>(schema: S, work: (event: z.infer<S>) => Promise<R>) {
  return instrumented<S, R>(schema, work);
}

export function previewPolicy({ approvals, approvalHours }: AwsPorts['config']): PreviewPolicy {
  return { approvals, keepMs: previewKeptMs(approvalHours) };
}

/** For an expiry: tells the other regions, if there are any, what it removes. */
export function announcing<C extends StorageContext>(ctx: C, { config }: Pick<AwsPorts, 'config'>): C & AnnounceDeps {
  return config.otherVaults.length === 0 ? ctx : { ...ctx, announce: ctx.random };
}

function wrapped<S extends z.ZodType, R, C>(
  schema: S,
  contextOf: (aws: AwsPorts, event: z.infer<S>) => Promise<C>,
  work: (event: z.infer<S>, tools: FunctionTools<C>) => Promise<R>,
) {
  return instrumented<S, R>(schema, async (event, remainingMs) => {
    const aws = await ports();
    const counting: Count = (name: MetricName, value: number, whose?: Counted) => count(aws, name, value, whose);
    const once: FunctionTools<C>['once'] = (kind, key, does) =>
      aws.once({ work: kind, key, withinMs: remainingMs() }, does);
    return work(event, { ctx: await contextOf(aws, event), aws, logger, count: counting, once });
  });
}

function instrumented<S extends z.ZodType, R>(
  schema: S,
  work: (event: z.infer<S>, remainingMs: () => number) => Promise<R>,
) {
  return middy<unknown, R>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(logMetrics(metrics))
    .use({
      onError: request => {
        // Counted where it is found: at once, whoever the caller is. The shipper has no state machine that would record it.
        if (request.error instanceof IntegrityError) metrics.addMetric('IntegrityFailures', MetricUnit.Count, 1);
        request.error = workflowError(request.error);
        logger.error('failed', { name: request.error?.name, failure: request.error?.message });
      },
    })
    .handler(async (event, { getRemainingTimeInMillis }) => {
      const parsed = schema.safeParse(event);
      if (!parsed.success) throw refusedInput(parsed.error);
      return work(parsed.data, () => getRemainingTimeInMillis?.() ?? A_MINUTE_MS);
    });
}

/** Once per container; a failure is not cached. */
function ports(): Promise<AwsPorts> {
  const opening = opened ?? openAws(readFunctionConfig());
  opened = opening;
  opening.catch(() => {
    opened = undefined;
  });
  return opening;
}

/** The gauges behind the alarms on failures. */
export function countOpen(open: Readonly<Record<FailureKind, number>>, gauge: Count): void {
  gauge('OpenBackupFailures', open['backup-failed']);
  gauge('OpenIntegrityFailures', open['integrity-failed']);
  gauge('OpenRestoreFailures', open['restore-failed']);
}

type Counted = { readonly tenant: string } | { readonly tier: Tier };

function count(aws: Pick<AwsPorts, 'tierOf'>, name: MetricName, value: number, whose: Counted | undefined): void {
  const unit = MetricUnit[METRICS[name].unit];
  if (whose === undefined) {
    metrics.addMetric(name, unit, value);
    return;
  }
  // Written at once, in a document of its own: all metrics of one document have the same dimensions.
  const single = metrics.singleMetric();
  if ('tenant' in whose) {
    // Not a dimension: one metric per tenant would cost more than the tenant's backups. Logs Insights finds it by this member.
    single.addMetadata('tenant', whose.tenant);
    single.addDimensions({});
  }
  single.addDimensions({ tier: 'tenant' in whose ? aws.tierOf(whose.tenant) : whose.tier });
  single.addMetric(name, unit, value);
}

function refusedInput(error: z.ZodError): InputError {
  const fields = error.issues.map(issue => `${issue.path.join('.') || '(input)'}: ${issue.message}`);
  return new InputError('bad-input', `The input is not valid: ${fields.join('; ')}.`, {
    hint: 'Correct these fields; docs/state-machines.md shows an example input of each state machine.',
  });
}

/**
 * An error as Step Functions receives it and Lambda logs it. An error that is not ours keeps its name (so it is recorded
 * and not retried) and reports where it happened but not its message, which could contain anything, rows and keys included.
 */
export function workflowError(error: unknown): Error {
  if (!(error instanceof HoldfastError)) return unexpected(error);
  const reported = new Error(failureText(error), { cause: error });
  reported.name = workflowErrorOf(error);
  return reported;
}

const FRAMES = 12;

function unexpected(error: unknown): Error {
  const { name, message, stack = '', code }: Error & { code?: unknown } = error instanceof Error ? error : new Error();
  const words = [name, code].filter(word => typeof word === 'string' && /^[\w.]{1,60}$/.test(word)) as string[];
  const frames = stack
    .replace(message, '')
    .split('\n')
    .filter(line => /^\s+at /.test(line));
  const reported = {
    code: 'unexpected',
    message: `An unexpected error (${words.join(' ')}).`,
    hint: 'Report it together with the code locations in its details.',
    details: { at: frames.slice(0, FRAMES).map(line => line.trim()) },
  };
  const passed = new Error(JSON.stringify(reported), { cause: error });
  passed.name = words[0] ?? 'Error';
  return passed;
}
