/** The public status page of a deployment: in both regions, readable by everybody, writable by one function in each. */
import { describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { type DeploymentInput, parseDeployment } from '../../lib/infra/deployment.ts';
import { type Asked, answer, peopleOf, worldOf } from './policy-simulation.ts';
import { ACCOUNT, type Loose, plainText, STANDBY_DEPLOYMENT, synthesized } from './synthesized.ts';

const PAGE: Partial<DeploymentInput> = { statusPage: { title: 'Acme backups', components: ['restores'] } };
const REGIONS = { primary: 'eu-central-1', secondary: 'eu-west-1' } as const;
const templateOf = (region: string, change = PAGE) =>
  synthesized(change).templates.get(`holdfast-status-page-${region}`)!;
const only = (region: string, type: string, change = PAGE): Loose => {
  const found = Object.values(templateOf(region, change).findResources(type));
  expect(found, type).toHaveLength(1);
  return found[0]!.Properties;
};
const parse = (statusPage: DeploymentInput['statusPage']) =>
  parseDeployment({ ...example, account: ACCOUNT, statusPage }, 'test').statusPage;

describe('a deployment that says nothing of a status page', () => {
  it('has none, and no entry for posts', () => {
    const { templates } = synthesized(STANDBY_DEPLOYMENT);
    expect([...templates.keys()].filter(name => name.includes('status-page'))).toEqual([]);
    expect(JSON.stringify([...templates.values()].map(template => template.toJSON()))).not.toContain('post-status');
  });
});

describe.each(['primary', 'secondary'] as const)('the status page of the %s region', region => {
  const bucket = `holdfast-status-${ACCOUNT}-${REGIONS[region]}`;

  it('is read over TLS alone, through its own distribution, from a bucket that nobody else reads', () => {
    const config = only(region, 'AWS::CloudFront::Distribution').DistributionConfig;
    expect(config).toMatchObject({
      DefaultRootObject: 'index.html',
      DefaultCacheBehavior: { ViewerProtocolPolicy: 'redirect-to-https' },
    });
    expect(config.Logging).toBeUndefined();
    const blocked = {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    };
    expect(only(region, 'AWS::S3::Bucket')).toMatchObject({
      ...{ BucketName: bucket, PublicAccessBlockConfiguration: blocked },
    });
    const { Statement } = only(region, 'AWS::S3::BucketPolicy').PolicyDocument;
    const allowed = Statement.filter(({ Effect }: Loose) => Effect === 'Allow');
    expect(allowed).toHaveLength(1);
    expect(allowed[0]).toMatchObject({ Action: 's3:GetObject', Principal: { Service: 'cloudfront.amazonaws.com' } });
    expect(plainText(allowed[0].Condition.StringEquals['AWS:SourceArn'])).toMatch(
      /distribution\/<SiteDistribution\w+>$/,
    );
  });

  it('tells browsers to run no script, to frame nothing, to stay on TLS and to send no referrer', () => {
    const headers = only(region, 'AWS::CloudFront::ResponseHeadersPolicy').ResponseHeadersPolicyConfig;
    const { ContentSecurityPolicy: content, ...others } = headers.SecurityHeadersConfig;
    expect(content.ContentSecurityPolicy).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(others).toMatchObject({
      StrictTransportSecurity: { AccessControlMaxAgeSec: 365 * 86_400, Override: true },
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: 'DENY' },
      ReferrerPolicy: { ReferrerPolicy: 'no-referrer' },
    });
    const { ResponseHeadersPolicyId } = only(region, 'AWS::CloudFront::Distribution').DistributionConfig
      .DefaultCacheBehavior;
    expect(plainText(ResponseHeadersPolicyId)).toContain('SiteHeaders');
  });

  it('is made every five minutes with what the deployment shows, and never replaced by an older one', () => {
    const { ScheduleExpression, State, Target } = only(region, 'AWS::Scheduler::Schedule');
    expect({ ScheduleExpression, State }).toEqual({ ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' });
    const input = JSON.parse(plainText(Target.Input));
    expect(input).toEqual({ bucket, title: 'Acme backups', components: ['restores'] });
    expect(only(region, 'AWS::Lambda::Function')).toMatchObject({
      ...{ FunctionName: 'holdfast-build-status-page', Timeout: 300 },
    });
    expect(only(region, 'AWS::Lambda::EventInvokeConfig')).toMatchObject({ MaximumRetryAttempts: 0 });
  });

  it('alarms its own region when it was not made three times, or when a post does not verify', () => {
    const alarm = only(region, 'AWS::CloudWatch::Alarm');
    expect(alarm).toMatchObject({
      ...{ AlarmName: 'holdfast-status-page-late', MetricName: 'StatusPostsAltered', Threshold: 0 },
      ...{ TreatMissingData: 'breaching', EvaluationPeriods: 3, Period: 300 },
    });
    const topic = region === 'primary' ? 'holdfast-alarm' : 'holdfast-watch';
    for (const actions of [alarm.AlarmActions, alarm.OKActions])
      expect(plainText(actions)).toContain(`:sns:${REGIONS[region]}:${ACCOUNT}:${topic}`);
  });

  it('is made by a function that reads no rows and no audit trail, and writes its two files alone', async () => {
    const world = worldOf(synthesized(PAGE));
    const here = world.deployed.filter(({ name }) => name === 'build-status-page');
    const { own, config } = here.find(each => each.config.region === REGIONS[region])!;
    const ask = (action: string, resource: string) =>
      answer(world, own, { action: `s3:${action}`, resource: `arn:aws:s3:::${resource}` } satisfies Asked);
    for (const file of ['index.html', 'status.json'])
      expect(await ask('PutObject', `${bucket}/${file}`)).toBe('Allowed');
    for (const [action, resource] of [
      ...[
        ['PutObject', `${bucket}/other.html`],
        ['GetObject', `${bucket}/index.html`],
      ],
      ...[
        ['DeleteObject', `${bucket}/index.html`],
        ['PutObject', `${config.bucket}/governance/status-posts/system/1/1`],
      ],
      ...[
        ['GetObject', `${config.bucket}/audit/system/0000000001`],
        ['GetObject', `${config.bucket}/log/packs/1`],
      ],
      ['GetObject', `${config.bucket}/tenants/a/packs/1`],
    ] as [string, string][])
      expect(await ask(action, resource), `${action} ${resource}`).not.toBe('Allowed');
    expect(await ask('GetObject', `${config.bucket}/governance/status-posts/system/1/1`)).toBe('Allowed');
  });
});

describe('the status page of the secondary region', () => {
  it('refers to nothing in the primary region, so that it outlives it', () => {
    expect(JSON.stringify(templateOf('secondary').findResources('AWS::IAM::Policy'))).not.toContain('eu-central-1');
    const stacks = synthesized(PAGE);
    expect(stacks.statusPages.get('secondary')!.region).toBe('eu-west-1');
    expect(stacks.standby).toBeUndefined();
  });

  it('is absent where the deployment has one region', () => {
    const { statusPages } = synthesized({ ...PAGE, regions: { primary: 'eu-central-1' } });
    expect([...statusPages.keys()]).toEqual(['primary']);
  });
});

describe('names of one’s own', () => {
  const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f';
  const primary = { name: 'status.example.com', certificateArn };

  it('are served with their certificate, and TLS 1.2 or newer', () => {
    const change = { statusPage: { domains: { primary } } };
    expect(only('primary', 'AWS::CloudFront::Distribution', change).DistributionConfig).toMatchObject({
      Aliases: ['status.example.com'],
      ViewerCertificate: { AcmCertificateArn: certificateArn, MinimumProtocolVersion: 'TLSv1.2_2021' },
    });
    expect(only('secondary', 'AWS::CloudFront::Distribution', change).DistributionConfig.Aliases).toBeUndefined();
  });

  it('differ in both regions, and their certificates are where CloudFront looks', () => {
    expect(() => parse({ domains: { primary, secondary: primary } })).toThrow(/different names/);
    const elsewhere = certificateArn.replace('us-east-1', 'eu-west-1');
    expect(() => parse({ domains: { primary: { ...primary, certificateArn: elsewhere } } })).toThrow(/us-east-1/);
  });
});

describe('posts on the status page', () => {
  const change = { ...STANDBY_DEPLOYMENT, ...PAGE };
  const post = { action: 's3:PutObject', resource: `arn:aws:s3:::holdfast-vault-${ACCOUNT}-eu-central-1/governance/` };

  it('are stored by one function, behind a URL for operators, in the primary and the standby', async () => {
    const { templates } = synthesized(change);
    for (const stack of ['recovery', 'recovery-standby']) {
      const template = templates.get(`holdfast-${stack}`)!;
      const urls = JSON.stringify(template.findResources('AWS::Lambda::Url'));
      expect(urls).toContain('poststatus');
      expect(JSON.stringify(template.findResources('AWS::SSM::Parameter'))).toContain('statusUrl');
    }
    const world = worldOf(synthesized(PAGE));
    const who: string[] = [];
    const asked = { ...post, resource: `${post.resource}status-posts/system/0mb2c4f1a-3f8a2c1d/0mb2c4f1a-3f8a2c1d` };
    for (const { name, own } of world.deployed) if ((await answer(world, own, asked)) === 'Allowed') who.push(name);
    expect(who.filter(name => !/^(ship-log|begin-epoch|failover|preflight)$/.test(name))).toEqual(['post-status']);
    const { own } = world.functions.get('post-status')!;
    const record = { ...post, resource: `${post.resource}reports/system/daily/2026-01-31` };
    expect(await answer(world, own, record)).not.toBe('Allowed');
  });

  it('are called by operators and by nobody else', () => {
    const people = peopleOf(synthesized(change).templates.get('holdfast-recovery')!);
    const able = [...people].filter(([, { identity }]) => JSON.stringify(identity).includes('holdfast-post-status'));
    expect(able.map(([name]) => name)).toEqual(['holdfast-operator']);
  });
});
