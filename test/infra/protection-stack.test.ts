import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Loose, plainText, stackTemplate } from './synthesized.ts';

let template: Template;
beforeAll(() => {
  template = stackTemplate('protection', {
    schedules: { timeZone: 'Europe/Berlin', full: { expression: 'cron(30 2 * * ? *)', flexibleMinutes: 90 } },
    fleet: { concurrentTenants: 7, toleratedFailurePercentage: 3 },
  });
});

describe('the protection stack', () => {
  it('runs every function on arm64 with Node.js 24, traced, with its own role', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(functions.length).toBe(29);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON' },
      });
    }
    expect(new Set(functions.map(({ Properties }) => plainText(Properties.Role))).size).toBe(functions.length);
  });

  it('runs at most one shipper at a time, queues none behind it, and keeps dropped runs in a dead-letter queue', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'holdfast-ship-log',
      ReservedConcurrentExecutions: 1,
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumEventAgeInSeconds: 60,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
  });

  it('places a function in the network of the database only if it uses the database', () => {
    const inside = Object.values(template.findResources('AWS::Lambda::Function'))
      .filter(({ Properties }) => Properties.VpcConfig)
      .map(({ Properties }) => Properties.FunctionName)
      .sort();
    expect(inside).toEqual(
      [
        'archive-tenant',
        'begin-epoch',
        'commit-snapshot',
        'fold-tenant',
        'plan-fleet',
        'plan-snapshot',
        'preflight',
        'read-part',
        'ship-log',
        'verify-backup',
      ].map(name => `holdfast-${name}`),
    );
  });

  it('starts everything on its schedule, in the time zone and window of the deployment, with a dead-letter queue for failed starts', () => {
    const schedules = Object.values(template.findResources('AWS::Scheduler::Schedule')).map(item => item.Properties);
    expect(
      Object.fromEntries(schedules.map(item => [item.Name, [item.ScheduleExpression, item.FlexibleTimeWindow]])),
    ).toEqual({
      'holdfast-ship': ['rate(1 minute)', { Mode: 'OFF' }],
      'holdfast-fold': ['cron(5 * * * ? *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 }],
      'holdfast-full': ['cron(30 2 * * ? *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 90 }],
      'holdfast-verify': ['cron(0 4 * * ? *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 120 }],
      'holdfast-archive': ['cron(0 2 1-7 * ? *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 120 }],
      'holdfast-expire': ['cron(0 5 * * ? *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 }],
      'holdfast-anchorAudit': ['cron(30 3 * * ? *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 }],
      'holdfast-verifyAudit': ['cron(30 6 ? * SUN *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 }],
      'holdfast-keepHolds': ['cron(30 8 ? * SUN *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 }],
      'holdfast-finishDestructions': ['cron(30 5 * * ? *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 }],
      'holdfast-dailyReport': ['cron(20 0 * * ? *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 }],
      'holdfast-weeklyReport': ['cron(0 2 ? * MON *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 }],
      'holdfast-monthlyReport': ['cron(0 3 1 * ? *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 }],
      'holdfast-quarterlyReport': ['cron(0 4 1 JAN,APR,JUL,OCT ? *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 }],
      'holdfast-yearlyReport': ['cron(0 5 1 JAN ? *)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 }],
      'holdfast-verifyReplicas': ['rate(1 hour)', { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 }],
      'holdfast-replicateKeys': ['rate(15 minutes)', { Mode: 'OFF' }],
    });
    const verify = schedules.find(item => item.Name === 'holdfast-verify')!;
    expect(JSON.parse(plainText(verify.Target.Input))).toEqual({
      ...{ schedule: 'verify', scheduledAt: '<aws.scheduler.scheduled-time>' },
      ...{ machine: expect.stringContaining('VerifyFleet'), input: { reason: 'schedule', dueWithinDays: 7 } },
    });
    for (const schedule of schedules) {
      // Reports are of days in UTC.
      const zone = schedule.Name.endsWith('Report') ? 'UTC' : 'Europe/Berlin';
      const State = schedule.Name === 'holdfast-archive' ? 'DISABLED' : 'ENABLED';
      expect(schedule).toMatchObject({ State, ScheduleExpressionTimezone: zone });
      expect(plainText(schedule.Target.DeadLetterConfig.Arn)).toMatch(/NotStarted/);
    }
  });

  it('replicates a new dedicated key as soon as CloudTrail reports its alias, from outside the network', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.kms'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          eventName: ['CreateAlias'],
          requestParameters: { aliasName: [{ prefix: 'alias/holdfast/' }] },
          userIdentity: { sessionContext: { sessionIssuer: { userName: [{ prefix: 'holdfast-' }] } } },
        },
      },
      Targets: [
        Match.objectLike({
          InputTransformer: {
            InputPathsMap: { 'detail-requestParameters-aliasName': '$.detail.requestParameters.aliasName' },
            InputTemplate: '{"alias":<detail-requestParameters-aliasName>}',
          },
        }),
      ],
    });
    const pooled = stackTemplate('protection', { keys: { mode: 'pooled' } });
    expect(Object.values(pooled.findResources('AWS::Events::Rule')).map(rule => rule.Properties.Name)).toEqual([
      'holdfast-deployed',
    ]);
    expect(JSON.stringify(pooled.toJSON())).not.toContain('replicate-keys');
  });

  it('starts the preflight when a deployment of the stack is complete, and does not wait for it', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.cloudformation'],
        detail: {
          'stack-id': [{ Ref: 'AWS::StackId' }],
          'status-details': { status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE'] },
        },
      },
      Targets: [Match.objectLike({ Input: '{}', DeadLetterConfig: Match.anyValue() })],
    });
    const dependent = Object.values(template.toJSON().Resources).filter((resource: Loose) =>
      /^Custom::|CustomResource$/.test(resource.Type),
    );
    expect(dependent).toEqual([]);
  });

  it('disables every schedule with one switch, and removes none', () => {
    const paused = stackTemplate('protection', { schedules: { paused: true } });
    const states = Object.values(paused.findResources('AWS::Scheduler::Schedule')).map(item => item.Properties.State);
    expect(states).toEqual(Array(17).fill('DISABLED'));
  });

  it('can disable a single schedule', () => {
    const one = stackTemplate('protection', { schedules: { verify: { enabled: false } } });
    const off = Object.values(one.findResources('AWS::Scheduler::Schedule')).filter(
      item => item.Properties.State === 'DISABLED',
    );
    // Archives are off by default.
    expect(off.map(item => item.Properties.Name).sort()).toEqual(['holdfast-archive', 'holdfast-verify']);
  });

  it('logs every event of every state machine without its data, and traces it', () => {
    const machines = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
    expect(machines.map(item => item.Properties.StateMachineName).sort()).toEqual([
      'holdfast-archive-fleet',
      'holdfast-back-up-fleet',
      'holdfast-begin-epoch',
      'holdfast-build-report',
      'holdfast-expire-backups',
      'holdfast-fold-incrementals',
      'holdfast-keep-holds',
      'holdfast-preflight',
      'holdfast-rebuild-catalog',
      'holdfast-verify-audit',
      'holdfast-verify-fleet',
    ]);
    for (const { Properties } of machines) {
      expect(Properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
      expect(Properties.TracingConfiguration).toEqual({ Enabled: true });
    }
  });

  it('gives every function the same configuration except for its session role, without secrets', () => {
    const configs = Object.values(template.findResources('AWS::Lambda::Function')).map((item: Loose) =>
      plainText(item.Properties.Environment.Variables.HOLDFAST_FUNCTION).replace(/,"sessionRole":"[^"]*"/, ''),
    );
    expect(new Set(configs).size).toBe(1);
    expect(configs[0]).toContain('"bucket":"holdfast-vault-111122223333-eu-central-1"');
    expect(configs[0]).not.toMatch(/password/i);
  });
});
