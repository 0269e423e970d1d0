/**
 * Wires the API on AWS for one function: storage and decisions of the installation, the issuers that the deployment trusts.
 * Invariants: only the place of rows logs in to a database; what is not an error of Holdfast's own is logged where it is answered,
 * without its message.
 */
import * as z from 'zod';
import { apiOnAws, type GatewayAnswer } from '../api/api-on-aws.ts';
import { fleetView } from '../api/fleet-view.ts';
import { problemDocument } from '../api/problem.ts';
import type { PlaceOnAws } from '../api/route.ts';
import { TABLES_ON_AWS } from '../api/routes-on-aws.ts';
import { SelfServiceQuotas } from '../domain/api-settings.ts';
import { approvalRuleFor } from '../domain/approval-rule.ts';
import { consoleIssuers } from '../domain/console-settings.ts';
import { InputError, IntegrityError } from '../domain/errors.ts';
import { shellWord } from '../domain/shell-word.ts';
import type { AwsPorts } from './aws.ts';
import { approversPlaceOf } from './carry-out.ts';
import { readUserPool } from './config.ts';
import { deployedRestores } from './deployed-restores.ts';
import { type FunctionTools, type StorageContext, workflowError } from './function-handler.ts';
import { recordDeps } from './governed-call.ts';

/** Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export const ApiEvent = z.looseObject({
  rawPath: z.string().startsWith('/api/'),
  rawQueryString: z.string().default(''),
  headers: z.record(z.string(), z.string()).default({}),
  requestContext: z.looseObject({ http: z.looseObject({ method: z.string() }) }),
});
export type ApiEvent = z.infer<typeof ApiEvent>;

type Tools = FunctionTools<StorageContext>;
type Served = (event: ApiEvent) => Promise<GatewayAnswer>;

/**
 * API Gateway answers after 30 seconds: totals that take longer are counted on while others ask. The log is shipped every
 * minute, and even reading what is new of it costs (docs/cost.md, The console).
 */
const COUNTING = { keptMs: 5 * 60_000, waitMs: 20_000, logKeptMs: 60_000 };

let served: { readonly aws: AwsPorts; readonly answer: Served } | undefined;

/** Answers one request. One API for each container, so that limits and totals are kept. */
export function answerRequest(place: PlaceOnAws, event: ApiEvent, tools: Tools): Promise<GatewayAnswer> {
  if (served?.aws !== tools.aws) served = { aws: tools.aws, answer: openApi(place, tools) };
  return served.answer(event);
}

function openApi(place: PlaceOnAws, tools: Tools): Served {
  const { aws, ctx } = tools;
  const { console: settings } = aws.operations;
  if (settings === undefined) throw withoutConsole();
  return apiOnAws({
    ...{ place, routes: TABLES_ON_AWS, fetch },
    issuers: consoleIssuers(settings, { region: aws.config.region, pool: readUserPool() }),
    deps: {
      storage: ctx,
      ...(place !== 'catalog' && { storageOf: tenant => aws.storageOf(tenant) }),
      ...(place === 'rows' && { contextOf: storage => aws.context({ ...ctx, ...storage }) }),
      ...((place === 'requests' || place === 'rows') && { deployed: deployedRestores(tools) }),
      command: words => approversPlaceOf(aws).command(words.map(shellWord).join(' ')),
      recording: recordDeps(ctx, aws),
      fleet: fleetView(ctx, COUNTING),
      selfService: {
        quotas: SelfServiceQuotas.parse({}),
        approvalsFor: (action, tenant) =>
          // Restores have a policy of their own: docs/security.md.
          action === 'restore'
            ? aws.config.approvals.inPlace
            : approvalRuleFor(aws.governance, action, tenant).approvals,
      },
      timeZone: 'UTC',
      // They are in the database.
      labels: async () => new Map(),
    },
    failed: error => note(tools, error),
  });
}

function note({ logger, count }: Tools, cause: unknown): void {
  // What tenants are told hides what it was.
  const told = [cause, cause instanceof Error ? cause.cause : undefined];
  if (told.some(each => each instanceof IntegrityError)) count('IntegrityFailures', 1);
  const { status, code } = problemDocument(cause);
  const reported = workflowError(cause);
  if (status >= 500) logger.error('failed', { name: reported.name, failure: reported.message });
  else logger.info('refused', { code, status });
}

function withoutConsole(): InputError {
  return new InputError('bad-function-config', 'The deployment of this function has no console.', {
    hint: 'Deploy the stacks again: they write the file with its settings.',
  });
}
