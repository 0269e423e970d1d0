/** Which roles a caller has that IAM authenticated: those of the deployment's mapping, and none that the caller chose. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rolesOfCaller } from '../../../lib/domain/caller-roles.ts';
import { ROLES } from '../../../lib/domain/principal.ts';

const session = (role: string, name: string) => `arn:aws:sts::111122223333:assumed-role/${role}/${name}`;
const name = fc.stringMatching(/^[\w+=,.@-]{1,30}$/);

describe('the roles of a caller', () => {
  it('are those of the URL where the deployment maps none', () => {
    fc.assert(
      fc.property(name, name, fc.constantFrom(...ROLES), (role, person, admitted) => {
        expect(rolesOfCaller(session(role, person), undefined, admitted)).toEqual([admitted]);
      }),
    );
  });

  it('follow from the role or the permission set, whatever name the session has', () => {
    const roles = { Legal: ['legal-officer' as const], 'user/lena': ['auditor' as const] };
    fc.assert(
      fc.property(name, person => {
        expect(rolesOfCaller(session('Legal', person), roles, 'approver')).toEqual(['legal-officer']);
        const center = session('AWSReservedSSO_Legal_0123456789abcdef', person);
        expect(rolesOfCaller(center, roles, 'approver')).toEqual(['legal-officer']);
      }),
    );
  });

  it('are none for a name that the mapping does not have, not even one of its names elsewhere in the ARN', () => {
    const roles = { Legal: ['legal-officer' as const], 'user/lena': ['auditor' as const] };
    fc.assert(
      fc.property(name, role => {
        fc.pre(role !== 'Legal');
        for (const person of ['Legal', 'lena', role]) {
          expect(rolesOfCaller(session(role, person), roles, 'approver')).toEqual([]);
          expect(rolesOfCaller(`arn:aws:iam::111122223333:role/${role}`, roles, 'approver')).toEqual([]);
        }
      }),
    );
    for (const odd of ['toString', '__proto__', 'constructor'])
      expect(rolesOfCaller(session(odd, 'ann'), roles, 'approver')).toEqual([]);
    expect(rolesOfCaller('arn:aws:iam::111122223333:user/staff/lena', roles, 'approver')).toEqual(['auditor']);
    expect(rolesOfCaller('arn:aws:iam::111122223333:user/Legal', roles, 'approver')).toEqual([]);
  });
});
