/** A destruction as a statement for others: only once it is proved, and with what was proved. */
import { expect, it } from 'vitest';
import { destructionKey } from '../../../../lib/domain/governance-key.ts';
import { packKey } from '../../../../lib/domain/object-key.ts';
import { tenantId } from '../../../../lib/domain/tenant.ts';
import { tenants } from '../../../../lib/operations/catalog/catalog-index.ts';
import type { ActionKind } from '../../../../lib/operations/governance/action-kind.ts';
import { attestRequest } from '../../../../lib/operations/governance/attest-request.ts';
import { destroyKind } from '../../../../lib/operations/governance/destruction/destroy-tenant-kind.ts';
import { destructionDeps } from '../../../../lib/operations/governance/destruction/destruction-deps.ts';
import { finishDestruction } from '../../../../lib/operations/governance/destruction/finish-destruction.ts';
import { executeAction } from '../../../../lib/operations/governance/execute-action.ts';
import { requestAction } from '../../../../lib/operations/governance/request-action.ts';
import { putDocument } from '../../../../lib/operations/storage/sealed-document.ts';
import { acme, anna, bert, governedWorld, person, root } from '../../../support/governed.ts';

const KINDS = [destroyKind()] as readonly unknown[] as readonly ActionKind[];
const audrey = person('audrey', ['auditor']);

it('is attested when its countdown has ended with a proof, by the signed certificate', async () => {
  const world = await governedWorld();
  const { deps } = world;
  const local = { ...deps, model: { format: 'holdfast.tenant-model/1' as const, tables: [] } };
  await deps.keyring.ensureKey(acme);
  const lock = { retainUntil: new Date(deps.clock.now().getTime() + 30 * 24 * 3600 * 1000) };
  await putDocument(deps, acme, packKey(acme, 'one', 0), { rows: ['secret'] }, lock);
  await deps.catalog.write([
    tenants.put({ ref: acme, tenantId: tenantId('acme'), firstSeen: '2026-01-01T00:00:00.000Z' }),
  ]);
  const asked = { principal: root, action: 'destroy', tenant: acme, input: { days: 7 }, reason: 'left us' } as const;
  const { id, rule } = await requestAction(local, KINDS, asked);
  for (const approver of [anna, bert].slice(0, rule.approvals)) await world.decide(approver, id);
  const attested = () => attestRequest(deps, audrey, id);
  await expect(attested()).rejects.toMatchObject({ code: 'not-attestable' });
  await executeAction(local, KINDS, { principal: root, tenant: acme, id });
  await expect(attested()).rejects.toMatchObject({ code: 'not-attestable' });
  deps.clock.advance(7 * 24 * 3600 * 1000);
  const { certificate } = await finishDestruction(destructionDeps(local), acme, 'root');
  const statement = JSON.parse(Buffer.from((await attested())!.payload, 'base64').toString('utf8'));
  expect(statement).toMatchObject({
    predicateType: 'urn:holdfast:destruction:v1',
    predicate: { request: id, action: 'destroy', requestedBy: root.name, reason: 'left us', certificate },
  });
  expect(statement.subject.map(({ name }: { name: string }) => name).toSorted()).toEqual([
    destructionKey(acme, 1, 'certificate'),
    destructionKey(acme, 1, 'order'),
  ]);
  expect(JSON.stringify(statement)).not.toMatch(/"acme"|secret/);
  await deps.dispose();
});
