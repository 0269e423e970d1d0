/**
 * The API of the console: an HTTP API in front of four functions. One reads the catalog and records; one opens the log of one
 * tenant in a session; one asks for restores and decides on them; one shows the rows of a preview. Invariants, held by tests:
 * only the last logs in to the database, none but sessions for one tenant can use a tenant's key, and all but the third write
 * nothing but the audit trail. Each request carries a token that the function
 * verifies itself; no page of another origin may call but those of self-service that the deployment names, and no log has a token or a query.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  gatewayRoute,
  REQUESTS_FUNCTION_PATHS,
  ROWS_FUNCTION_PATHS,
  TENANT_FUNCTION_PATHS,
} from '../../domain/api-places.ts';
import type { Deployment } from '../deployment.ts';
import { accept } from './accepted.ts';
import {
  grantAnswerTasks,
  grantDecideApprovals,
  grantFollowRestores,
  grantReachDatabase,
  grantReadCatalog,
  grantStampRequests,
  grantStartTenantRestores,
  grantTakeQuotas,
} from './access.ts';
import { grantAppendAudit } from './access-audit.ts';
import { grantOpenTenantKeys } from './access-keys.ts';
import { grantReadDigestKey, grantReadLog, grantReadRestores } from './access-vault.ts';
import type { FunctionSet } from './function-set.ts';

/** API Gateway answers after 30 seconds, whatever the function does. */
const LONGEST = Duration.seconds(29);
/** Of all callers together; each caller is limited by the function. */
const THROTTLE = { rateLimit: 50, burstLimit: 200 };

/** Of a request: neither its query, which can have a search for a tenant, nor its headers, which have the token. */
const LOGGED = [
  ...['requestId', 'requestTime', 'httpMethod', 'routeKey', 'status', 'responseLength', 'integrationLatency'],
];

export class ConsoleApi extends Construct {
  readonly api: apigateway.HttpApi;

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    const { name } = deployment;
    const origins = deployment.console?.self?.origins ?? [];
    // Without an integration: what the functions are told of their users depends on the address of this API.
    this.api = new apigateway.HttpApi(this, 'Api', {
      apiName: `${name}-console`,
      description: `${name}: API of the console`,
      createDefaultStage: false,
      // The console itself is of the same origin.
      ...(origins.length > 0 && { corsPreflight: corsFor(origins) }),
    });
    const logGroup = new logs.LogGroup(this, 'Access', {
      // Log groups with this beginning share one policy of the account.
      logGroupName: `/aws/vendedlogs/apis/${name}-console`,
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const format = Object.fromEntries(LOGGED.map(each => [each, `$context.${each}`]));
    new apigateway.HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(format)),
      },
    });
  }

  /** Sends requests to these functions. */
  serve({ serveApi, serveTenant, serveRequests, serveRows }: ReturnType<typeof apiFunctions>): void {
    const all = [apigateway.HttpMethod.GET, apigateway.HttpMethod.POST];
    const catalog = new HttpLambdaIntegration('Catalog', serveApi);
    this.api.addRoutes({ path: '/api/{path+}', methods: all, integration: catalog });
    this.addEach(TENANT_FUNCTION_PATHS, new HttpLambdaIntegration('Tenant', serveTenant));
    this.addEach(REQUESTS_FUNCTION_PATHS, new HttpLambdaIntegration('Requests', serveRequests));
    this.addEach(ROWS_FUNCTION_PATHS, new HttpLambdaIntegration('Rows', serveRows));
    accept(
      this,
      'AwsSolutions-APIG4',
      'The functions verify the token of each request, its issuer and its audience, and decide by the policies; an authorizer would decide less.',
    );
  }

  private addEach(entries: readonly string[], integration: HttpLambdaIntegration): void {
    for (const entry of entries) {
      const { methods, path } = gatewayRoute(entry);
      this.api.addRoutes({ path, methods: methods.map(each => apigateway.HttpMethod[each]), integration });
    }
  }
}

/** Tokens are sent by scripts of these pages, and no cookie is. */
function corsFor(allowOrigins: string[]): apigateway.CorsPreflightOptions {
  return {
    ...{ allowOrigins, allowMethods: [apigateway.CorsHttpMethod.GET, apigateway.CorsHttpMethod.POST] },
    ...{ allowHeaders: ['authorization', 'content-type', 'idempotency-key'], allowCredentials: false },
    maxAge: Duration.hours(1),
  };
}

export function apiFunctions(functions: FunctionSet) {
  return {
    serveApi: functions.make('serve-api', {
      description: 'Answers the console from the catalog; has no key of a tenant',
      grants: [grantReadCatalog, grantAppendAudit],
      timeout: LONGEST,
    }),
    serveTenant: functions.make('serve-tenant', {
      description: 'Answers the console about the log of one tenant',
      grants: [grantReadLog, grantReadCatalog, grantAppendAudit],
      forTenant: [grantReadDigestKey, grantOpenTenantKeys],
      timeout: LONGEST,
    }),
    serveRequests: functions.make('serve-requests', {
      description: 'Asks for restores for people of the console, and takes their decisions',
      grants: [
        ...[grantReadLog, grantReadCatalog, grantStampRequests, grantDecideApprovals, grantTakeQuotas],
        ...[grantStartTenantRestores, grantFollowRestores, grantAnswerTasks, grantAppendAudit],
      ],
      forTenant: [grantReadRestores, grantOpenTenantKeys],
      timeout: LONGEST,
    }),
    serveRows: functions.make('serve-rows', {
      description: 'Shows rows of a preview to people who may read rows',
      grants: [grantReachDatabase, grantReadCatalog, grantAppendAudit],
      forTenant: [grantReadRestores, grantOpenTenantKeys],
      timeout: LONGEST,
    }),
  } satisfies Record<string, lambda.Function>;
}
