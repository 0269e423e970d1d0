/** An installation of the command line on one machine over a database of shops: snapshots taken, the log shipped. */
import { join } from 'node:path';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { decideRequest } from '../../lib/operations/governance/decide-request.ts';
import { readRequest } from '../../lib/operations/governance/read-request.ts';
import { loadConfig } from '../../lib/runtime/config.ts';
import { openRecordDeps, policyOfConfig, principalOfMachine } from '../../lib/runtime/governance.ts';
import { openLocal } from '../../lib/runtime/local.ts';
import { type CommandLine, commandLine } from './command-line.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from './postgres.ts';
import { createShops } from './shop-database.ts';

export interface ShopInstallation {
  readonly database: TestDatabase;
  readonly holdfast: CommandLine;
  /** Another person decides: the operating system of a test has one user. */
  decideAs(user: string, request: { readonly tenant: TenantRef; readonly id: string; agrees?: boolean }): Promise<void>;
  dispose(): Promise<void>;
}

/** `name`: of the installation and so of its slot, of which a server has one of each name. */
export async function shopInstallation(name: string): Promise<ShopInstallation> {
  const database = await testDatabase(PG_VERSIONS.at(-1)!);
  await createShops(database);
  const holdfast = await commandLine({ DATABASE_URL: database.url });
  await holdfast.json('init', '--installation', name, '--url', database.url);
  holdfast.env.HOLDFAST_DATABASE_PASSWORD = decodeURIComponent(new URL(database.url).password);
  await holdfast.json('discover', '--tenant-table', 'public.shops');
  await holdfast.json('doctor', '--fix', '--yes');
  await holdfast.json('snapshot', '--all');
  await holdfast.json('ship');
  return {
    database,
    holdfast,
    async decideAs(user, { tenant, id, agrees = true }) {
      const config = await loadConfig(join(holdfast.directory, 'holdfast.yaml'), holdfast.env);
      const ctx = await openLocal(config);
      const deps = { ...ctx, ...(await openRecordDeps(config, ctx)), policyFor: policyOfConfig(config) };
      const { planHash } = (await readRequest(deps, tenant, id)).request;
      const principal = { ...principalOfMachine(config), name: user, roles: ['approver' as const] };
      await decideRequest(deps, { principal, tenant, id, agrees, planHash });
      await ctx.close();
    },
    async dispose() {
      await holdfast.dispose();
      await database.drop();
    },
  };
}
