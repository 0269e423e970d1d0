/**
 * What every function does around its one operation: parse the event, open the ports once per container, log without
 * tenant data, count in the embedded metric format, trace, and let an error leave under the name that tells the state
 * machine what to do about it (the message is JSON: code, message, hint, details).
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type { z } from 'zod';
import { ConflictError, HoldfastError, InputError, IntegrityError } from '../domain/errors.ts';
import { METRICS_NAMESPACE, WORKFLOW_ERRORS } from '../domain/function-config.ts';
import type { Context } from '../operations/context.ts';
import type { PreviewPolicy } from '../operations/restore/restore-steps.ts';
import { type AwsPorts, openAws } from './aws.ts';
import { readFunctionConfig } from './config.ts';

type MetricName = 'Count' | 'Seconds' | 'Bytes' | 'Percent';

/** What the database is not needed for: everything but its address. */
export type StorageContext = Omit<Context, 'source'>;

export interface FunctionTools<C = Context> {
  readonly ctx: C;
  readonly aws: AwsPorts;
  readonly logger: Logger;
  /** One number under a name; with the tenant's reference and tier beside it where it is one tenant's. */
  count(name: string, value: number, unit?: MetricName, tenant?: string): void;
}

// Their service is the installation's name, from the variable POWERTOOLS_SERVICE_NAME.
const logger = new Logger();
const metrics = new Metrics({ namespace: METRICS_NAMESPACE });
const tracer = new Tracer();
let opened: Promise<AwsPorts> | undefined;

/** A Lambda handler over one operation that asks the source database. `schema` says what the event must be. */
export function functionHandler<S extends z.ZodType, R>(
  schema: S,
  work: (event: z.infer<S>, tools: FunctionTools) => Promise<R>,
) {
  return wrapped<S, R, Context>(schema, aws => aws.context(), work);
}

/** The same for what works on vault and catalog alone: such a function never learns the database's password. */
export function storageHandler<S extends z.ZodType, R>(
  schema: S,
  work: (event: z.infer<S>, tools: FunctionTools<StorageContext>) => Promise<R>,
) {
  return wrapped<S, R, StorageContext>(schema, async aws => aws.storage, work);
}

/** A preview waits for people as long as its execution may, and a little longer than that. */
export function previewPolicy({ approvals, approvalHours }: AwsPorts['config']): PreviewPolicy {
  return { approvals, keepMs: (approvalHours + 3) * 3600 * 1000 };
}

function wrapped<S extends z.ZodType, R, C>(
  schema: S,
  contextOf: (aws: AwsPorts) => Promise<C>,
  work: (event: z.infer<S>, tools: FunctionTools<C>) => Promise<R>,
) {
  return middy<unknown, R>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(logMetrics(metrics))
    .use({
      onError: request => {
        request.error = workflowError(request.error);
        logger.error('failed', { name: request.error?.name, failure: request.error?.message });
      },
    })
    .handler(async event => {
      const parsed = schema.safeParse(event);
      if (!parsed.success) throw refusedInput(parsed.error);
      const aws = await ports();
      const counting: FunctionTools<C>['count'] = (name, value, unit, tenant) =>
        count(name, value, unit, tenant === undefined ? undefined : { tenant, tier: aws.tierOf(tenant) });
      return work(parsed.data, { ctx: await contextOf(aws), aws, logger, count: counting });
    });
}

/** Once per container; a failure is not remembered. */
function ports(): Promise<AwsPorts> {
  const opening = opened ?? openAws(readFunctionConfig());
  opened = opening;
  opening.catch(() => {
    opened = undefined;
  });
  return opening;
}

function count(
  name: string,
  value: number,
  unit: MetricName = 'Count',
  whose?: { tenant: string; tier: string },
): void {
  if (whose === undefined) {
    metrics.addMetric(name, MetricUnit[unit], value);
    return;
  }
  const single = metrics.singleMetric();
  // Not a dimension: a metric a tenant would cost more than the tenant's backups. Logs Insights finds it by these members.
  single.addMetadata('tenant', whose.tenant);
  single.addMetadata('tier', whose.tier);
  single.addMetric(name, MetricUnit[unit], value);
}

function refusedInput(error: z.ZodError): InputError {
  const fields = error.issues.map(issue => `${issue.path.join('.') || '(input)'}: ${issue.message}`);
  return new InputError('bad-input', `The input is not what this step takes: ${fields.join('; ')}.`, {
    hint: 'Correct the fields named; docs/state-machines.md shows an example input of each state machine.',
  });
}

/** An error as Step Functions sees it. What is not ours passes as it is: nobody retries it, and it is recorded. */
export function workflowError(error: unknown): Error {
  if (!(error instanceof HoldfastError)) return error instanceof Error ? error : new Error(String(error));
  const { code, message, hint, details } = error;
  const told = new Error(JSON.stringify({ code, message, hint, details }), { cause: error });
  told.name = nameOf(error);
  return told;
}

function nameOf(error: HoldfastError): string {
  if (error instanceof IntegrityError) return WORKFLOW_ERRORS.integrity;
  if (error instanceof ConflictError) return WORKFLOW_ERRORS.conflict;
  return error.retry === 'auto' ? WORKFLOW_ERRORS.tryAgain : WORKFLOW_ERRORS.refused;
}
