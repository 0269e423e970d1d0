/** The console of a deployment: what serves it, who reaches it, and what its functions cannot do. */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { gatewayRoute, REQUESTS_FUNCTION_PATHS, ROWS_FUNCTION_PATHS } from '../../lib/domain/api-places.ts';
import { BROWSER_HEADERS, contentSecurityPolicy } from '../../lib/domain/browser-headers.ts';
import { SYSTEM, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { deployedConsole } from '../../lib/infra/deployed-console.ts';
import { type DeploymentInput, parseDeployment } from '../../lib/infra/deployment.ts';
import { type Asked, answer, REGION, worldOf } from './policy-simulation.ts';
import { ACCOUNT, CONSOLE, type Loose, plainText, synthesized } from './synthesized.ts';

const SELF = { issuer: 'https://app.example.com', audience: 'backups', tenantClaim: 'tenant' };
const OIDC: typeof CONSOLE = {
  signIn: {
    kind: 'oidc',
    issuer: 'https://login.example.com/team',
    clientId: 'console',
    origins: ['https://t.example.com'],
  },
  roles: { dba: ['operator'] },
  self: { ...SELF, origins: ['https://app.example.com'] },
};
const parse = (console: DeploymentInput['console']) =>
  parseDeployment({ ...example, account: ACCOUNT, console }, 'test').console;
const templateOf = (console = CONSOLE) => synthesized({ console }).templates.get('holdfast-console')!;
const all = (type: string, console = CONSOLE): Loose[] =>
  Object.values(templateOf(console).findResources(type)).map(({ Properties }) => Properties);
const only = (type: string, console = CONSOLE): Loose => {
  const found = all(type, console);
  expect(found, type).toHaveLength(1);
  return found[0];
};

describe('a deployment that says nothing of a console', () => {
  it('has none', () => {
    const { templates, console } = synthesized({});
    expect(console).toBeUndefined();
    expect(JSON.stringify([...templates.values()].map(template => template.toJSON()))).not.toMatch(/serve-api|Cognito/);
  });
});

describe('the pages', () => {
  it('are read over TLS alone, through their own distribution, from a bucket that nobody else reads', () => {
    const blocked = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
    const bucket = only('AWS::S3::Bucket');
    expect(bucket.PublicAccessBlockConfiguration).toEqual(Object.fromEntries(blocked.map(each => [each, true])));
    const { Statement } = only('AWS::S3::BucketPolicy').PolicyDocument;
    const allowed = Statement.filter(({ Effect }: Loose) => Effect === 'Allow');
    expect(allowed).toEqual([
      expect.objectContaining({ Action: 's3:GetObject', Principal: { Service: 'cloudfront.amazonaws.com' } }),
    ]);
    expect(plainText(allowed[0].Condition.StringEquals['AWS:SourceArn'])).toMatch(
      /distribution\/<SiteDistribution\w+>$/,
    );
    const { DefaultCacheBehavior, CacheBehaviors } = only('AWS::CloudFront::Distribution').DistributionConfig;
    expect([DefaultCacheBehavior, ...CacheBehaviors].map(each => each.ViewerProtocolPolicy)).toEqual([
      'redirect-to-https',
      'https-only',
    ]);
  });

  it('tell browsers what those of one machine do, to stay on TLS, and whom they may call to sign in', () => {
    const headers = only('AWS::CloudFront::ResponseHeadersPolicy').ResponseHeadersPolicyConfig;
    const { ContentSecurityPolicy: content, ...security } = headers.SecurityHeadersConfig;
    const host = `https://holdfast-${ACCOUNT}.auth.${REGION}.amazoncognito.com`;
    expect(content).toEqual({ ContentSecurityPolicy: contentSecurityPolicy([host]), Override: true });
    expect(content.ContentSecurityPolicy).not.toContain('unsafe');
    expect(security).toEqual({
      StrictTransportSecurity: { AccessControlMaxAgeSec: 365 * 86_400, IncludeSubdomains: false, Override: true },
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: 'DENY', Override: true },
      ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
    });
    const others = headers.CustomHeadersConfig.Items.map(({ Header, Value }: Loose) => [Header, Value]);
    const said = {
      'content-security-policy': '',
      'referrer-policy': '',
      'x-content-type-options': '',
      'x-frame-options': '',
    };
    expect(Object.keys({ ...said, ...Object.fromEntries(others) }).sort()).toEqual(Object.keys(BROWSER_HEADERS).sort());
    for (const [name, value] of others) expect(BROWSER_HEADERS).toMatchObject({ [name]: value });
    const { DefaultCacheBehavior, CacheBehaviors } = only('AWS::CloudFront::Distribution').DistributionConfig;
    for (const each of [DefaultCacheBehavior, ...CacheBehaviors])
      expect(plainText(each.ResponseHeadersPolicyId)).toMatch(/SiteHeaders/);
    const other = all('AWS::CloudFront::ResponseHeadersPolicy', OIDC).find(
      each => !each.ResponseHeadersPolicyConfig.CorsConfig,
    ).ResponseHeadersPolicyConfig;
    expect(other.SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy).toContain(
      "connect-src 'self' https://login.example.com https://t.example.com;",
    );
  });

  it('give the web component to pages of the application, and nothing else to any other origin', () => {
    const behaviors = (console = CONSOLE) =>
      all('AWS::CloudFront::Distribution', console)[0].DistributionConfig.CacheBehaviors;
    expect(behaviors().map(({ PathPattern }: Loose) => PathPattern)).toEqual(['/api/*']);
    const component = behaviors(OIDC).find(({ PathPattern }: Loose) => PathPattern === '/component/*');
    expect(plainText(component.ResponseHeadersPolicyId)).toMatch(/SiteComponentHeaders/);
    const policies = all('AWS::CloudFront::ResponseHeadersPolicy', OIDC).map(each => each.ResponseHeadersPolicyConfig);
    const [shared, others] = [policies.filter(each => each.CorsConfig), policies.filter(each => !each.CorsConfig)];
    expect(shared).toMatchObject([
      {
        CorsConfig: {
          ...{ AccessControlAllowOrigins: { Items: OIDC.self!.origins }, AccessControlAllowCredentials: false },
          ...{ AccessControlAllowMethods: { Items: ['GET'] }, OriginOverride: true },
        },
        CustomHeadersConfig: { Items: [{ Header: 'cross-origin-resource-policy', Value: 'cross-origin' }] },
      },
    ]);
    expect(others).toHaveLength(1);
  });

  it('answer the address of every view, and of nothing else, with the page', () => {
    const code = only('AWS::CloudFront::Function').FunctionCode;
    const shown = (uri: string) =>
      runInNewContext(`${code}; handler({ request: { uri: ${JSON.stringify(uri)} } }).uri`);
    for (const view of ['/', '/tenants/abc', '/tenants/abc/transactions/0%2F1A2B', '/signed-in'])
      expect(shown(view), view).toBe('/index.html');
    for (const file of ['/index.html', '/settings.json', '/assets/index-1a2b.js', '/icon.svg'])
      expect(shown(file)).toBe(file);
    // A refusal of the API is not turned into a page.
    expect(only('AWS::CloudFront::Distribution').DistributionConfig.CustomErrorResponses).toBeUndefined();
  });

  it('are stored again when they change, with the settings of signing in, by a function that reaches nothing else', () => {
    const files = only('Custom::ConsoleFiles');
    expect(files.digest).toMatch(/^[0-9a-f]{64}$/);
    const settings = JSON.parse(plainText(files.settings));
    expect(settings).toMatchObject({ scope: 'openid email', signOut: { returnAs: 'logout_uri' } });
    expect(JSON.stringify(settings)).not.toMatch(/secret/i);
    const policy = Object.values(templateOf().findResources('AWS::IAM::Policy'))
      .map(({ Properties }) => Properties)
      .find(({ Roles }) => JSON.stringify(Roles).includes('Pages'));
    const actions = policy!.PolicyDocument.Statement.flatMap(({ Action }: Loose) => Action);
    expect(actions.filter((action: string) => !/^(xray|logs):/.test(action)).sort()).toEqual([
      's3:DeleteObject',
      's3:ListBucket',
      's3:PutObject',
    ]);
  });
});

describe('the API', () => {
  it('is of the same origin, never cached, and limited', () => {
    const { CacheBehaviors } = only('AWS::CloudFront::Distribution').DistributionConfig;
    // The policies of AWS: caching disabled; everything that the viewer sent but its host.
    expect(CacheBehaviors).toEqual([
      expect.objectContaining({
        ...{ PathPattern: '/api/*', CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad' },
        OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
      }),
    ]);
    expect(only('AWS::ApiGatewayV2::Api').CorsConfiguration).toBeUndefined();
    expect(only('AWS::ApiGatewayV2::Stage').DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: 50,
      ThrottlingBurstLimit: 200,
    });
  });

  it('may be called by pages of the application that the deployment names, and by no others', () => {
    const { CorsConfiguration } = only('AWS::ApiGatewayV2::Api', OIDC);
    expect(CorsConfiguration).toMatchObject({ AllowOrigins: OIDC.self!.origins, AllowCredentials: false });
  });

  it('logs who cannot be told from it: no token, no query, no address of a tenant', () => {
    const { Format } = only('AWS::ApiGatewayV2::Stage').AccessLogSettings;
    expect(Object.keys(JSON.parse(Format))).not.toHaveLength(0);
    expect(Format).not.toMatch(/header|authorizer|path|query|sourceIp|identity/i);
  });

  it('is four functions, of which each answers what is its own, and one is in the network of the database', () => {
    const targets: Record<string, string> = Object.fromEntries(
      all('AWS::ApiGatewayV2::Route').map(({ RouteKey, Target }) => [RouteKey, plainText(Target)]),
    );
    expect(Object.keys(targets).filter(key => !key.startsWith('GET ') && !key.startsWith('POST '))).toEqual([]);
    const tenant = Object.entries(targets).filter(([, target]) => /Tenant/.test(target));
    expect(tenant.map(([key]) => key).filter(key => !/\/\{tenant\}\/(moment|activity|transactions)/.test(key))).toEqual(
      [],
    );
    expect(targets['GET /api/{path+}']).toMatch(/Catalog/);
    const keysOf = (entries: readonly string[]) =>
      entries.map(gatewayRoute).flatMap(({ methods, path }) => methods.map(method => `${method} ${path}`));
    const sentTo = (what: RegExp) => Object.keys(targets).filter(key => what.test(targets[key]!));
    expect(sentTo(/Requests/).sort()).toEqual(keysOf(REQUESTS_FUNCTION_PATHS).sort());
    expect(sentTo(/Rows/).sort()).toEqual(keysOf(ROWS_FUNCTION_PATHS).sort());
    for (const fn of all('AWS::Lambda::Function'))
      expect([fn.FunctionName, fn.VpcConfig !== undefined]).toEqual([
        fn.FunctionName,
        /serve-rows$/.test(fn.FunctionName),
      ]);
  });

  it('learns the user pool of its people, and of nobody else’s with an issuer of one’s own', () => {
    const serving = (console = CONSOLE) =>
      all('AWS::Lambda::Function', console).filter(({ FunctionName }) => /serve-/.test(FunctionName));
    for (const fn of serving())
      expect(plainText(fn.Environment.Variables.HOLDFAST_USER_POOL)).toMatch(
        /^<SignInPeople\w+> <SignInPeopleConsole\w+>$/,
      );
    for (const fn of serving(OIDC)) expect(fn.Environment.Variables.HOLDFAST_USER_POOL).toBeUndefined();
    expect(all('AWS::Cognito::UserPool', OIDC)).toEqual([]);
  });
});

describe.each(['dedicated', 'pooled'] as const)('the functions of the API, with %s keys', mode => {
  const world = () => worldOf(synthesized({ console: CONSOLE, keys: { mode } }));
  const A = tenantRef('an installation', tenantId('acme'));
  const context = (owner: string) => ({
    [`kms:EncryptionContext:${mode === 'pooled' ? 'branch-key-id' : 'holdfast:owner'}`]: owner,
  });
  const key = `arn:aws:kms:${REGION}:${ACCOUNT}:key/mrk-0123456789abcdef`;
  const bucket = `arn:aws:s3:::holdfast-vault-${ACCOUNT}-${REGION}`;
  const never: Asked[] = [
    ...['Decrypt', 'GenerateDataKey'].map(action => ({ action: `kms:${action}`, resource: key, context: context(A) })),
    ...['tenants', 'checkpoints'].map(part => ({ action: 's3:GetObject', resource: `${bucket}/${part}/${A}/packs/1` })),
    { action: 's3:GetObject', resource: `${bucket}/governance/requests/${A}/1/request` },
    ...['PutObject', 'DeleteObjectVersion'].map(action => ({
      action: `s3:${action}`,
      resource: `${bucket}/log/packs/1`,
    })),
    {
      action: 'secretsmanager:GetSecretValue',
      resource: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:holdfast/database-AbCdEf`,
    },
    ...['rds-db:connect', 'states:StartExecution', 'states:SendTaskSuccess', 'lambda:InvokeFunction'].map(action => ({
      ...{ action, resource: '*' },
    })),
  ];

  it('have no tenant’s key, no login, no record of governance, and start nothing', async () => {
    const there = world();
    for (const name of ['serve-api', 'serve-tenant'])
      for (const asked of never)
        expect(`${asked.action} ${await answer(there, there.functions.get(name)!.own, asked)}`, name).toBe(
          `${asked.action} ImplicitlyDenied`,
        );
  });

  it('read the log in one of them alone', async () => {
    const there = world();
    for (const asked of [
      { action: 's3:GetObject', resource: `${bucket}/log/packs/1` },
      { action: 'kms:Decrypt', resource: key, context: context(SYSTEM) },
    ]) {
      expect(await answer(there, there.functions.get('serve-tenant')!.own, asked)).toBe('Allowed');
      expect(await answer(there, there.functions.get('serve-api')!.own, asked)).toBe('ImplicitlyDenied');
    }
    expect(there.functions.get('serve-api')!.sessionRole).toBeUndefined();
  });
});

describe.each(['dedicated', 'pooled'] as const)('the function that asks for restores, with %s keys', mode => {
  const T = tenantRef('an installation', tenantId('acme'));
  const bucket = `arn:aws:s3:::holdfast-vault-${ACCOUNT}-${REGION}`;
  const machine = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:holdfast-${name}`;
  const executions = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT}:execution:holdfast-${name}:one`;
  const item = (action: string, partition: string): Asked => ({
    ...{ action: `dynamodb:${action}`, resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/holdfast-catalog` },
    context: { 'dynamodb:LeadingKeys': [partition] },
  });

  it('starts and follows restores of single tenants, answers those who wait, and writes what that takes', async () => {
    const there = worldOf(synthesized({ console: CONSOLE, keys: { mode } }));
    const { own, inSession } = there.functions.get('serve-requests')!;
    const may: Asked[] = [
      { action: 'states:StartExecution', resource: machine('restore-tenant') },
      { action: 'states:DescribeExecution', resource: executions('restore-tenant') },
      { action: 'states:SendTaskSuccess', resource: '*' },
      item('UpdateItem', `tenant#${T}#requests`),
      item('UpdateItem', `tenant#${T}#approvals`),
      item('UpdateItem', `tenant#${T}#quotas`),
      item('DeleteItem', 'approvals#waiting'),
    ];
    const mayNot: Asked[] = [
      { action: 'states:StartExecution', resource: machine('back-up-fleet') },
      { action: 'states:DescribeExecution', resource: executions('back-up-fleet') },
      { action: 'states:StopExecution', resource: executions('restore-tenant') },
      item('UpdateItem', `tenant#${T}`),
      item('UpdateItem', 'tenants'),
      item('DeleteItem', `tenant#${T}#restores`),
      { action: 's3:GetObject', resource: `${bucket}/governance/requests/${T}/1/request` },
      { action: 's3:GetObject', resource: `${bucket}/tenants/${T}/restore-plans/1` },
      { action: 's3:PutObject', resource: `${bucket}/tenants/${T}/restore-plans/1` },
      { action: 'secretsmanager:GetSecretValue', resource: '*' },
      { action: 'rds-db:connect', resource: '*' },
    ];
    for (const asked of may) expect(`${asked.action} ${await answer(there, own, asked)}`).toMatch(/ Allowed$/);
    for (const asked of mayNot) expect(`${asked.action} ${await answer(there, own, asked)}`).toMatch(/Denied$/);
    const opens = ['restore-plans/1', 'manifests/restore-record/1', 'digest-key'];
    for (const place of [...opens, 'packs/1', 'manifests/snapshot/1']) {
      const asked = { action: 's3:GetObject', resource: `${bucket}/tenants/${T}/${place}` };
      expect(`${place} ${await answer(there, inSession(T), asked)}`).toBe(
        `${place} ${opens.includes(place) ? 'Allowed' : 'ImplicitlyDenied'}`,
      );
    }
  });
});

describe('people', () => {
  it('are made by administrators, have a second factor, and change nothing of themselves with a token', () => {
    expect(only('AWS::Cognito::UserPool')).toMatchObject({
      ...{ MfaConfiguration: 'ON', EnabledMfas: ['SOFTWARE_TOKEN_MFA'], DeletionProtection: 'ACTIVE' },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    });
    const client = only('AWS::Cognito::UserPoolClient');
    expect(client).toMatchObject({
      ...{ GenerateSecret: false, AllowedOAuthFlows: ['code'], AllowedOAuthScopes: ['openid', 'email'] },
      ...{ EnableTokenRevocation: true, ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] },
    });
    expect(client.CallbackURLs.map(plainText)).toEqual([
      expect.stringMatching(/^https:\/\/<Site\w+\.DomainName>\/signed-in$/),
    ]);
    expect(all('AWS::Cognito::UserPoolGroup').map(({ GroupName }) => GroupName)).toEqual(Object.keys(CONSOLE.roles));
  });

  it('are kept when the stack is removed', () => {
    const [pool] = Object.values(templateOf().findResources('AWS::Cognito::UserPool'));
    expect(pool).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('have the roles of their groups, by the claim of their issuer', () => {
    const settings = (console: DeploymentInput['console']) =>
      deployedConsole(parseDeployment({ ...example, account: ACCOUNT, console }, 'test'));
    expect(settings(CONSOLE)).toMatchObject({ signIn: { kind: 'cognito' }, groups: 'cognito:groups' });
    expect(settings(OIDC)).toEqual({
      signIn: { kind: 'oidc', issuer: 'https://login.example.com/team', clientId: 'console' },
      ...{ groups: 'groups', roles: { dba: ['operator'] }, self: SELF },
    });
    expect(settings(undefined)).toBeUndefined();
  });
});

describe('a name of one’s own', () => {
  const certificate = 'arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f';
  const named = { ...CONSOLE, domain: 'backups.example.com', certificate };

  it('is served with its certificate and TLS 1.2 or newer, and people come back to it', () => {
    expect(only('AWS::CloudFront::Distribution', named).DistributionConfig).toMatchObject({
      Aliases: ['backups.example.com'],
      ViewerCertificate: { AcmCertificateArn: certificate, MinimumProtocolVersion: 'TLSv1.2_2021' },
    });
    expect(only('AWS::Cognito::UserPoolClient', named).CallbackURLs).toEqual(['https://backups.example.com/signed-in']);
  });

  it('needs both, a certificate where CloudFront looks, and an issuer over https', () => {
    expect(() => parse({ ...named, certificate: undefined })).toThrow(/together with/);
    expect(() => parse({ ...named, certificate: certificate.replace('us-east-1', REGION) })).toThrow(/us-east-1/);
    expect(() => parse({ ...OIDC, signIn: { ...OIDC.signIn, issuer: 'http://a.example.com' } as never })).toThrow(
      /https/,
    );
    expect(() => parse({ ...CONSOLE, roles: { dba: ['root' as never] } })).toThrow(/roles/);
  });
});
