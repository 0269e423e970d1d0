import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { definitions, plainText, statements, synthesized } from './synthesized.ts';

let template: Template;
beforeAll(() => {
  template = synthesized({ approvals: { restoreInPlace: 2, timeoutHours: 8 } }).templates.get('holdfast-recovery')!;
});

describe('the recovery stack', () => {
  it('waits for people by task token, with the timeout of the deployment', () => {
    const restore = definitions(template).get('holdfast-restore-tenant');
    const wait = restore.States['Wait for approval'];
    expect(wait.Resource).toContain('lambda:invoke.waitForTaskToken');
    expect(wait.TimeoutSeconds).toBe(8 * 3600);
    expect(restore.TimeoutSeconds).toBeGreaterThan(8 * 3600);
  });

  it('receives decisions through a URL that admits only IAM identities', () => {
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    template.resourceCountIs('AWS::Lambda::Permission', 0);
  });

  it('lets only the approving function answer a waiting task', () => {
    const who = statements(template).filter(({ statement }) => /SendTask/.test(plainText(statement.Action)));
    expect(who.map(({ role }) => role)).toEqual([expect.stringContaining('approve')]);
    expect(plainText(who[0]!.statement.Resource)).toBe('*');
  });
});
