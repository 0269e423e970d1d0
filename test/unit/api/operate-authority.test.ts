/**
 * Who may call the routes about drills, regions, reports, cost, configuration, protection and messages: what the policies
 * say for each role, before anything is done, and a denial is in the audit trail. Nobody reaches another tenant.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiRoute } from '../../../lib/api/route.ts';
import { CONFIGURATION_ROUTES } from '../../../lib/api/routes/configuration.ts';
import { DRILL_ROUTES } from '../../../lib/api/routes/drills.ts';
import { EXECUTION_ROUTES } from '../../../lib/api/routes/executions.ts';
import { MESSAGE_ROUTES } from '../../../lib/api/routes/messages.ts';
import { PLANNING_ROUTES } from '../../../lib/api/routes/planning.ts';
import { PROTECTION_ROUTES } from '../../../lib/api/routes/protection.ts';
import { REGION_ROUTES } from '../../../lib/api/routes/regions.ts';
import { REPORT_ROUTES } from '../../../lib/api/routes/reports.ts';
import { ROLES } from '../../../lib/domain/principal.ts';
import { SYSTEM } from '../../../lib/domain/tenant.ts';
import { authorizer } from '../../../lib/operations/governance/authorize.ts';
import { type ApiWorld, apiWorld } from '../../support/api-world.ts';
import { acme, person, stranger } from '../../support/governed.ts';
import { operatingParts } from '../../support/operating-deps.ts';

const ROUTES = [
  ...[...DRILL_ROUTES, ...REGION_ROUTES, ...REPORT_ROUTES, ...PLANNING_ROUTES],
  ...[...CONFIGURATION_ROUTES, ...PROTECTION_ROUTES, ...MESSAGE_ROUTES, ...EXECUTION_ROUTES],
];

/** Bodies that are valid: a refusal is of the caller then. */
const BODIES: Readonly<Record<string, unknown>> = {
  startDrill: { kind: 'single-tenant' },
  requestFailover: { planned: false, fenced: [], reason: 'lost' },
  startReport: { kind: 'monthly' },
  verifyReport: { files: [{ name: 'report.json', text: '{}' }] },
  patchConfiguration: {},
  startArchive: { keep: 'monthly' },
  acknowledgeAlarm: { alarm: 'none' },
};
/** Of routes whose operation decides. */
const BY_OPERATION: Readonly<Record<string, Parameters<ReturnType<typeof authorizer>>[1]>> = {
  ...{ requestFailover: 'failOver', readReport: 'exportEvidence', readReportFiles: 'exportEvidence' },
  startReport: 'exportEvidence',
};

function bodyOf({ id, method }: ApiRoute): unknown {
  return method === 'get' ? undefined : (BODIES[id] ?? {});
}

/** Of a tenant where the route names one. */
function pathOf(path: string): string {
  const values: Readonly<Record<string, string>> = { tenant: acme, drill: 'none', kind: 'monthly', name: '2026-01-01' };
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'none');
}

let world: ApiWorld;
beforeAll(async () => {
  const operated = { sent: [], regions: undefined };
  world = await apiWorld({ known: ['acme', 'other'], parts: of => operatingParts(of, operated) });
});
afterAll(async () => {
  await world.apiDeps.executions.settled();
  await world.deps.dispose();
});

describe('a route', () => {
  for (const route of ROUTES)
    it(`${route.id} lets in exactly the roles that the policies let in`, async () => {
      const permission = route.needs === 'operation' ? BY_OPERATION[route.id] : route.needs.permission;
      if (permission === undefined) return;
      const tenant = route.path.includes('{tenant}') ? acme : undefined;
      for (const role of ROLES) {
        const caller = person(`${role}-of-${route.id}`, [role], role === 'tenant-administrator' ? [acme] : []);
        const { allowed } = await authorizer()(caller, permission, tenant ?? SYSTEM);
        const call = world.call(caller, pathOf(route.path), bodyOf(route));
        const { status, body } = await call;
        expect({ role, denied: status === 403 }).toEqual({ role, denied: !allowed });
        if (allowed) continue;
        expect(body.code).toBe('not-permitted');
        const last = world.recorded.at(-1)!;
        expect(last.draft).toMatchObject({ action: permission, outcome: 'denied', code: 'not-permitted' });
        expect(last.tenant).toBe(tenant ?? SYSTEM);
        expect(last.draft.who.name).toBe(caller.name);
      }
      await world.apiDeps.executions.settled();
    });

  it('of a tenant is closed to the administrator of another one', async () => {
    for (const route of ROUTES.filter(({ path }) => path.includes('{tenant}'))) {
      const path = pathOf(route.path);
      const { status } = await world.call(stranger, path, bodyOf(route));
      // Work that somebody else began is nowhere.
      expect([route.id, status]).toEqual([route.id, route.id === 'readExecution' ? 404 : 403]);
    }
  });
});

describe('work that somebody else began', () => {
  it('does not exist for anybody else', async () => {
    const [ann, bea] = [person('ann', ['system-administrator']), person('bea', ['system-administrator'])];
    const begun = await world.call(ann, '/reports', { kind: 'daily' });
    expect(begun.status).toBe(202);
    expect((await world.followed(ann, begun.body)).body).toMatchObject({ state: 'done', result: { kind: 'daily' } });
    const seen = await world.followed(bea, begun.body);
    expect([seen.status, seen.body.code]).toEqual([404, 'unknown-execution']);
  });
});
