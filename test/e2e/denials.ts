/** Denied calls of an end-to-end test: each must be expected, for a reason, and each expectation must come true. */
import { expect } from 'vitest';
import type { Denied, Emulator } from './emulator.ts';

export interface ExpectedDenial {
  readonly action: RegExp;
  readonly resource: RegExp;
  /** ARN of the caller. */
  readonly by: RegExp;
  /** Why Holdfast asks, and why it is right that IAM refuses. */
  readonly why: string;
}

/** What happens or not, by who was first. */
const SOMETIMES: readonly ExpectedDenial[] = [
  {
    action: /^kms:ScheduleKeyDeletion$/,
    resource: /:key\//,
    by: /:assumed-role\/(?!.*(?:operator|approver|hands-on))/i,
    why: 'Two functions made the key of a tenant at once: the loser may not schedule its own, which stays unused.',
  },
  {
    action: /^kms:GetPublicKey$/,
    resource: /:key\/none$/,
    by: /-watch-primary$/,
    why: 'The watch runs on its schedule, and without a standby the emulator gives it no replica of the signing key.',
  },
];

export async function expectOnlyTheseDenials(emulator: Emulator, expected: readonly ExpectedDenial[]): Promise<void> {
  const denied = await emulator.denied();
  const matches = ({ action, resource, by }: ExpectedDenial, call: Denied) =>
    action.test(call.action) && resource.test(call.resource) && by.test(call.by);
  const unexpected = denied.filter(call => ![...expected, ...SOMETIMES].some(each => matches(each, call)));
  expect([
    ...new Set(unexpected.map(({ action, resource, by, reason }) => `${by} ${action} ${resource} ${reason}`)),
  ]).toEqual([]);
  const unused = expected.filter(each => !denied.some(call => matches(each, call)));
  expect(unused.map(({ why }) => why)).toEqual([]);
}
