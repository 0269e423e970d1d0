/** The notice about an approval tells each approver a place where they can decide, and no other. */
import { describe, expect, it } from 'vitest';
import { approvalNotice } from '../../../lib/domain/approval-notice.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import type { AwsPorts } from '../../../lib/runtime/aws.ts';
import { restoreApproversPlace } from '../../../lib/runtime/carry-out.ts';

const tenant = tenantRef('installation', tenantId('acme'));
const SELF = { issuer: 'https://app.example.com', audience: 'backups', tenantClaim: 'tenant' };
const aws = (operations: object) =>
  ({ config: { name: 'holdfast', region: 'eu-central-1' }, governance: {}, operations }) as unknown as AwsPorts;
const IAM = 'arn:aws:sts::111122223333:assumed-role/people/olga';

function told(requestedBy: string, settings?: object) {
  const place = restoreApproversPlace(aws(settings === undefined ? {} : { console: settings }), requestedBy);
  const wanted = { action: 'restore', tenant, id: '0mx2szc0q-nveog3hj', hash: 'h', requestedBy, approvals: 1 };
  const { message, details } = approvalNotice({ ...wanted, until: '2026-01-02T00:00:00Z' }, place);
  return { how: message.slice(message.indexOf('to decide: ') + 11), command: details.command };
}

const COMMAND = `holdfast --installation holdfast --region eu-central-1 approve ${tenant} 0mx2szc0q-nveog3hj`;
const ADDRESS = `https://backups.example.com/tenants/${tenant}/requests/0mx2szc0q-nveog3hj`;

describe('whoever is asked to approve a restore', () => {
  it('decides with the command line on what an identity of IAM asked for', () => {
    expect(told(IAM)).toEqual({ how: COMMAND, command: COMMAND });
    expect(told(IAM, { self: SELF })).toEqual({ how: COMMAND, command: COMMAND });
  });

  it('decides in the console on what an account of it asked for, and is told no command that would be refused', () => {
    const account = 'https://people.example.com#olga';
    expect(told(account, { self: SELF })).toEqual({ how: 'in the console, under Requests (0mx2szc0q-nveog3hj)' });
    expect(told(account, { domain: 'backups.example.com' })).toEqual({ how: ADDRESS });
  });

  it('decides at either place on what a tenant asked for', () => {
    expect(told(`${SELF.issuer}#tina`, { self: SELF, domain: 'backups.example.com' })).toEqual({
      ...{ how: `${COMMAND}, or ${ADDRESS}`, command: COMMAND },
    });
  });
});
