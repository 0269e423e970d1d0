import { describe, expect, it } from 'vitest';
import {
  GroupInput,
  type KeptGroup,
  memberExecution,
  memberOf,
  newGroup,
  parseGroupInput,
} from '../../../lib/domain/group-run.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { causeOf, failureOfExecution } from '../../../lib/domain/workflow-failure.ts';

const FACTS = {
  ...{ createdAt: '2026-01-31T10:05:00Z', installation: 'i' },
  run: { execution: 'arn', requestedBy: 'alice', previewOnly: true },
};
const made = (tenants: string[], request: object = { target: 'latest' }): KeptGroup =>
  newGroup(GroupInput.parse({ group: 'g', request }), { ...FACTS, tenants });
const ref = (tenant: string) => tenantRef('i', tenantId(tenant));

describe('the request for many tenants', () => {
  it('names the fields that are wrong, and no tenant', () => {
    const wrong = { group: 'a name', tenants: [''], atOnce: 0, approvedBy: ['bob'], request: { target: 'latest' } };
    expect(() => parseGroupInput(wrong)).toThrowError(
      expect.objectContaining({ code: 'bad-group', message: expect.stringMatching(/group: .*tenants: .*atOnce: /) }),
    );
    expect(() => parseGroupInput({ group: 'g', tenants: Array(1001).fill('secret') })).toThrowError(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });

  it('fits into one item of the catalog', () => {
    expect(made(Array.from({ length: 1000 }, (_, index) => `tenant ${index}`)).tenants).toHaveLength(1000);
    expect(() => made(['x'.repeat(250_000)])).toThrowError(expect.objectContaining({ code: 'bad-group' }));
    expect(() => made([])).toThrowError(expect.objectContaining({ message: 'No tenant matches.' }));
  });

  it.each([{ sideBySide: true }, { asTenant: 'copy' }, { into: 'postgres://host/db' }, { batches: 100 }])(
    'is in place, each tenant in one transaction: not %j',
    more => {
      expect(() => made(['a'], { target: 'latest', ...more })).toThrowError(
        expect.objectContaining({ code: 'bad-group' }),
      );
    },
  );

  it('knows its tenants by their references, and no others', () => {
    const group = made(['a', 'b']);
    expect(memberOf(group, ref('b'))).toBe('b');
    expect(() => memberOf(group, ref('c'))).toThrowError(expect.objectContaining({ code: 'bad-group' }));
  });
});

describe("the name of a tenant's execution", () => {
  it('is its own in each run, is the same again, and fits whatever the run is called', () => {
    const runs = ['arn:aws:states:…:restore-tenants:one', 'two', 'x'.repeat(80), `${'x'.repeat(79)}y`];
    const names = runs.flatMap(run => ['a', 'b'].map(tenant => memberExecution(run, ref(tenant))));
    expect(new Set(names).size).toBe(8);
    for (const name of names) expect(name).toMatch(/^[\w-]{1,80}$/);
    expect(memberExecution('one', ref('a'))).toBe(names[0]);
  });
});

describe('an execution that was waited for', () => {
  const refused = causeOf({ code: 'approval-refused', message: 'Refused.', hint: 'Ask.' });
  const ended = (execution: object) => ({ Error: 'States.TaskFailed', Cause: JSON.stringify(execution) });
  it.each([
    ['its own error', ended({ Status: 'FAILED', Error: 'Holdfast.Refused', Cause: refused }), 'approval-refused'],
    ['the error of the step itself', { Error: 'Holdfast.Refused', Cause: refused }, 'approval-refused'],
    [
      'an approval that nobody gave in time',
      ended({ Status: 'FAILED', Error: 'States.Timeout' }),
      'execution-timed-out',
    ],
    ['a timeout', ended({ Status: 'TIMED_OUT' }), 'execution-timed-out'],
    ['that it was stopped', ended({ Status: 'ABORTED' }), 'execution-aborted'],
    ['another error', ended({ Status: 'FAILED', Error: 'TypeError', Cause: 'row secret' }), 'execution-failed'],
    ['no cause', { Error: 'StepFunctions.ExecutionAlreadyExistsException' }, 'execution-failed'],
  ])('failed by %s', (_, error, code) => {
    const told = failureOfExecution(error);
    expect(told.code).toBe(code);
    expect(told.message).not.toContain('secret');
  });
});
