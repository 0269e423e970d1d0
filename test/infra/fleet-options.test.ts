/** Options of the runs over the fleet: they change what they say, and a deployment without them is as before. */
import type { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { type Loose, synthesized } from './synthesized.ts';

const OPTIONS = {
  fleet: { processor: { kind: 'cluster', identifier: 'saas' } },
  tiers: { snapshotHours: { critical: 6 } },
  schedules: { full: { expression: 'rate(6 hours)' } },
} as const;

const resourcesOf = (template: Template, type: string): [string, Loose][] =>
  Object.entries(template.findResources(type));

function mayAskCloudWatch(made: ReturnType<typeof synthesized>): string[] {
  return [...made.templates.values()].flatMap(template =>
    resourcesOf(template, 'AWS::IAM::Policy')
      .filter(([, policy]) => JSON.stringify(policy).includes('cloudwatch:GetMetricData'))
      .map(([id]) => id.replace(/ServiceRoleDefaultPolicy.*|Role.*/, '')),
  );
}

it('functions that read a tenant may ask for the processor where it is named, and do nothing else with CloudWatch', () => {
  const found = mayAskCloudWatch(synthesized(OPTIONS)).filter(id => !mayAskCloudWatch(synthesized({})).includes(id));
  expect(found).toHaveLength(4);
  expect(found.every(id => /plansnapshot|foldtenant|verifybackup|archivetenant/i.test(id))).toBe(true);
});

it('the schedule of snapshots takes who is due where there are hours, else everyone', () => {
  const input = (made: ReturnType<typeof synthesized>) => {
    const [, schedule] = [...made.templates.values()]
      .flatMap(template => resourcesOf(template, 'AWS::Scheduler::Schedule'))
      .find(([, { Properties }]) => Properties.Name === 'holdfast-full')!;
    return JSON.stringify(schedule.Properties.Target.Input);
  };
  expect(input(synthesized(OPTIONS))).toContain('\\"due\\":true');
  expect(input(synthesized({}))).not.toContain('due');
});
