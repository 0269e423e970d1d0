import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDrillRequest } from '../../lib/domain/drill-steps.ts';
import { newGroup, parseGroupInput } from '../../lib/domain/group-run.ts';
import { parseRestoreRequest } from '../../lib/domain/restore-request.ts';
import { WORKFLOWS } from '../../lib/domain/workflows.ts';
import { ExpiryRequest } from '../../lib/operations/fleet/plan-expiry.ts';
import { FleetRequest } from '../../lib/operations/fleet/plan-fleet.ts';
import { KeepHoldsRequest } from '../../lib/operations/fleet/plan-holds.ts';
import { EpochRequest } from '../../lib/operations/log/begin-epoch.ts';
import { ClusterReadInput } from '../../lib/operations/snapshot/scratch-cluster.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/state-machines.md'), 'utf8');
const section = (name: string) => page.split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? '';
const example = (name: string) => JSON.parse(/```json\n([\s\S]*?)```/.exec(section(name))![1]!);

const newGroupOf = (input: unknown) => {
  const asked = parseGroupInput(input);
  const run = { execution: 'arn', requestedBy: 'alice', previewOnly: true };
  return newGroup(asked, { createdAt: 'now', installation: 'i', run, tenants: asked.tenants! });
};

describe('docs/state-machines.md', () => {
  it.each([
    'back-up-fleet',
    'fold-incrementals',
    'verify-fleet',
    'restore-tenant',
    'restore-tenants',
    'expire-backups',
    'rebuild-catalog',
    'begin-epoch',
    'preflight',
    'carry-out-request',
    'fail-over',
    'read-cluster-backup',
    'finish-destructions',
    'archive-fleet',
    'keep-holds',
    'verify-audit',
    'run-drill',
    'build-report',
  ])('describes the input and the failures of %s', name => {
    expect(section(name)).toMatch(/Input|```json/);
    expect(section(name)).toMatch(/fail|left out|Integrity/);
  });

  it('shows inputs that the first step accepts', () => {
    expect(FleetRequest.parse(example('back-up-fleet'))).toMatchObject({ tenants: 'all' });
    expect(FleetRequest.parse({})).toMatchObject({ tenants: 'all', reason: 'manual' });
    expect(parseRestoreRequest(example('restore-tenant'))).toMatchObject({ tenant: 'acme' });
    expect(newGroupOf(example('restore-tenants')).tenants).toHaveLength(2);
    expect(newGroupOf(WORKFLOWS['restore-tenants'].example).id).toBe('release-7');
  });

  it('the default inputs, which the console shows, are accepted too', () => {
    for (const name of ['back-up-fleet', 'fold-incrementals', 'verify-fleet', 'archive-fleet'] as const)
      expect(FleetRequest.parse(WORKFLOWS[name].example), name).toBeDefined();
    expect(ExpiryRequest.parse(WORKFLOWS['expire-backups'].example)).toMatchObject({ planOnly: true });
    expect(WORKFLOWS['rebuild-catalog'].example).toEqual({});
    const { previewOnly, ...request } = WORKFLOWS['restore-tenant'].example;
    expect({ previewOnly, ...parseRestoreRequest(request) }).toMatchObject({ tenant: 'acme', previewOnly: true });
    expect(parseDrillRequest(example('run-drill'))).toEqual(WORKFLOWS['run-drill'].example);
    expect(KeepHoldsRequest.parse(example('keep-holds'))).toEqual(WORKFLOWS['keep-holds'].example);
    expect([example('rebuild-catalog'), example('verify-audit')]).toEqual([{}, {}]);
    expect(example('build-report')).toEqual(WORKFLOWS['build-report'].example);
    expect([example('preflight'), WORKFLOWS.preflight.example]).toEqual([{}, {}]);
    for (const read of [example('read-cluster-backup'), WORKFLOWS['read-cluster-backup'].example])
      expect(ClusterReadInput.parse(read)).toMatchObject(read);
    for (const epoch of [example('begin-epoch'), WORKFLOWS['begin-epoch'].example])
      expect(EpochRequest.parse(epoch)).toEqual(epoch);
  });
});
