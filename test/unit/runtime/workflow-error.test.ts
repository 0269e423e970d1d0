import { describe, expect, it } from 'vitest';
import { WORKFLOW_ERRORS } from '../../../lib/domain/error-kind.ts';
import { ConflictError, IntegrityError, SourceError, StorageError } from '../../../lib/domain/errors.ts';
import { workflowError } from '../../../lib/runtime/function-handler.ts';

const told = (error: unknown) => ({ name: workflowError(error).name, ...JSON.parse(workflowError(error).message) });

describe('an error as the state machine receives it', () => {
  it.each([
    [new SourceError('slot-busy', 'Busy.', { hint: 'Wait.' }), WORKFLOW_ERRORS.tryAgain],
    [new IntegrityError('catalog-behind', 'Behind.', { hint: 'Look.', retry: 'auto' }), WORKFLOW_ERRORS.integrity],
    [new ConflictError('conflicts', 'Changed.', { hint: 'Again.' }), WORKFLOW_ERRORS.conflict],
    [new SourceError('privilege', 'Denied.', { hint: 'Grant.' }), WORKFLOW_ERRORS.refused],
    [new StorageError('access-denied', 'Denied.', { hint: 'Compare.', settles: true }), WORKFLOW_ERRORS.settling],
    [new StorageError('access-denied', 'Denied.', { hint: 'Compare.' }), WORKFLOW_ERRORS.refused],
  ])('of ours has the name that says what to do, and its code, message and hint: %s', (error, name) => {
    const { code, message, hint } = error;
    expect(told(error)).toMatchObject({ name, code, message, hint });
  });

  it('from the database or elsewhere reports its type and location, and nothing of its message', () => {
    const error = Object.assign(new Error('duplicate key\n    at Acme exists'), { code: '23505' });
    error.name = 'DatabaseError';
    expect(told(error)).toMatchObject({ name: 'DatabaseError', code: 'unexpected' });
    expect(told(error).message).toBe('An unexpected error (DatabaseError 23505).');
    expect(told(error).details.at[0]).toMatch(/^at .*workflow-error\.test\.ts/);
    const whole = workflowError(error);
    expect(whole.message + whole.stack).not.toContain('Acme');
  });

  it.each([
    'Acme',
    { secret: 'Acme' },
    undefined,
    Object.assign(new Error('x'), { name: 'Acme Corp', code: 'of Acme' }),
  ])('that is none says so: %s', thrown => {
    expect(told(thrown)).toMatchObject({ name: 'Error', code: 'unexpected' });
    expect(workflowError(thrown).message).not.toContain('Acme');
  });
});
