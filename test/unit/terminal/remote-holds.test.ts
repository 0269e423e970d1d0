/** `hold verify` on AWS starts keep-holds for what was asked, and says what its output does and does not mean. */
import { describe, expect, it } from 'vitest';
import { verifyHoldsThere } from '../../../bin/aws/remote-holds.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { KeepHoldsRequest } from '../../../lib/operations/fleet/plan-holds.ts';

const ACME = tenantRef('an-installation', tenantId('acme'));
const EXECUTION = 'arn:aws:states:eu-central-1:111122223333:execution:holdfast-keep-holds:0mb2';

async function verified(tenant: typeof ACME | undefined, run: () => Promise<number>) {
  const started: unknown[] = [];
  const emitted: { document: unknown; text: string }[] = [];
  const same = (text: string) => text;
  const session = {
    style: { good: same, dim: same },
    emit: (document: unknown, text: () => string) => void emitted.push({ document, text: text() }),
  };
  const remote = {
    async run(workflow: string, input: object) {
      started.push([workflow, KeepHoldsRequest.parse(input)]);
      return { execution: EXECUTION, output: { request: {}, tenants: await run(), shards: [] } };
    },
  };
  await verifyHoldsThere(session as never, remote as never, tenant);
  return { started, ...emitted[0]! };
}

describe('verifying holds on AWS', () => {
  it('proves every held tenant, or the one that was named', async () => {
    const all = await verified(undefined, async () => 2);
    expect(all.started).toEqual([['keep-holds', { reason: 'manual' }]]);
    expect(all.document).toEqual({ execution: EXECUTION, tenants: 2 });
    expect(all.text).toContain('2 tenants under hold');
    const one = await verified(ACME, async () => 1);
    expect(one.started).toEqual([['keep-holds', { refs: [ACME], reason: 'manual' }]]);
    expect(one.text).toContain('hold-broken');
  });

  it('does not call proved what nobody holds', async () => {
    expect((await verified(ACME, async () => 0)).text).toBe('No hold stands.\n');
  });

  it('fails as the execution fails', async () => {
    const failing = verified(ACME, () => Promise.reject(new Error('tenants-failed')));
    await expect(failing).rejects.toThrow('tenants-failed');
  });
});
