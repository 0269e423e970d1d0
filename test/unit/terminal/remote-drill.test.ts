/** `drill run` on AWS starts run-drill for what was asked, and shows what the signed record says. */
import { describe, expect, it } from 'vitest';
import { drillThere } from '../../../bin/aws/remote-drill.ts';
import { type DrillRequest, parseDrillRequest } from '../../../lib/domain/drill-steps.ts';
import { defaultSettings } from '../../../lib/domain/settings.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { recordDrill } from '../../../lib/operations/drills/record-drill.ts';
import { localDeps } from '../../support/local-deps.ts';

const ACME = tenantRef('an-installation', tenantId('acme'));

async function drilled(request: DrillRequest, workflows: object = { 'run-drill': 'arn' }, output?: object) {
  const deps = { ...(await localDeps()), settings: defaultSettings({}) };
  const run = {
    ...{ ctx: deps, plant: { tierOf: () => 'standard' }, asked: { kind: 'accident', startedBy: 'execution e' } },
    ...{ id: '0mb2c4f1a-3f8a2c1d', seed: 's', records: [], phases: [], findings: [] },
  };
  await recordDrill(run as never, { scratch: null, tenants: [], acceptance: [] }, new Date(), false);
  const started: unknown[] = [];
  const remote = {
    installation: async () => ({ description: { workflows, functions: { region: 'eu-west-1' } } }),
    async run(workflow: string, input: object) {
      started.push([workflow, parseDrillRequest(input)]);
      return { execution: 'arn', output: output ?? { drill: run.id, kind: 'accident', outcome: 'passed', key: 'k' } };
    },
  };
  const record = await drillThere({ deps: async () => deps }, remote as never, request);
  return { started, record };
}

describe('a drill on AWS', () => {
  it('is started as it was asked for, and shown from its signed record', async () => {
    const { started, record } = await drilled({ kind: 'accident', refs: [ACME] });
    expect(started).toEqual([['run-drill', { kind: 'accident', refs: [ACME] }]]);
    expect(record).toMatchObject({ id: '0mb2c4f1a-3f8a2c1d', kind: 'accident', startedBy: 'execution e' });
  });

  it('is none where none is due', async () => {
    expect((await drilled({ due: true }, undefined, { due: false })).record).toBeUndefined();
  });

  it('says where the deployment has no drills', async () => {
    await expect(drilled({ due: true }, {})).rejects.toMatchObject({ code: 'no-drills' });
  });
});
