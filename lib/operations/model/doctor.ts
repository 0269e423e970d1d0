/**
 * Examines a source database for everything that weakens protection, and gives the SQL that fixes it. Reads only;
 * doctor-fix.ts applies the safe fixes.
 */
import { type Finding, finding, worstFirst } from '../../domain/finding.ts';
import type { ServerInfo } from '../../domain/manifest.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import type { Catalog } from '../../ports.ts';
import { readServerInfo } from '../../postgres/catalogs/catalog-discovery.ts';
import { readTableFacts } from '../../postgres/catalogs/table-facts.ts';
import { type Connection, withConnection } from '../../postgres/connection.ts';
import { readRestoreNeeds } from '../../postgres/server/restore-needs.ts';
import { readRole } from '../../postgres/server/roles.ts';
import { readServerHealth, readTableHealth } from '../../postgres/server/server-health.ts';
import { listStagingAreas } from '../../postgres/staging/staging-area.ts';
import { runs } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { checkModel, type ModelCheck } from './check-model.ts';
import { examinePublication, examineSlot } from './doctor-log.ts';
import { examinePolicies } from './doctor-policies.ts';
import { examineRole, type RoleOptions } from './doctor-role.ts';
import { examineServer } from './doctor-server.ts';
import { examineSource } from './doctor-source.ts';
import { examineStaging } from './doctor-staging.ts';
import { examineTable } from './doctor-table.ts';
import { examineTriggers, readTriggers } from './doctor-triggers.ts';
import { type Fitness, readFitness } from './table-fitness.ts';

export interface DoctorDeps extends Pick<Context, 'source' | 'model' | 'slot' | 'publication' | 'policyQuery'> {
  /** Of the installation, if there is one yet: says which server was shipped, and up to where. */
  readonly catalog?: Catalog;
}

export interface DoctorReport {
  readonly server: ServerInfo;
  /** True where nothing is an error. */
  readonly ok: boolean;
  /** The worst first. */
  readonly findings: Finding[];
}

export interface DoctorOptions extends RoleOptions {
  /** The SQL will be run by an administrator in one session: it must leave nothing for a second run. */
  readonly forAdministrator?: boolean;
}

/** SourceError `cannot-connect`; everything else is a finding. */
export async function doctor(deps: DoctorDeps, options: DoctorOptions = {}): Promise<DoctorReport> {
  return withConnection(deps.source, 'doctor', async connection => {
    const server = await readServerInfo(connection);
    const health = await readServerHealth(connection);
    const newest = deps.catalog && (await runs.latest(deps.catalog));
    const check = await checkModel(connection, deps.model);
    const owned = ownedTables(check.usable);
    const names = owned.map(table => table.table);
    const role = await readRole(connection, names);
    const installer = options.forAdministrator ? { ...role, superuser: true, maySuppressTriggers: true } : role;
    const triggers = await readTriggers(connection, deps);
    // Created in the same session, before the identities.
    const guarded = triggers.intruders.length === 0 && (triggers.guarded || installer.superuser);
    const fitness = await readFitness(
      connection,
      deps.publication,
      names.map(name => check.definitions.get(name)!),
    );
    const findings: Finding[] = [
      ...examineServer(health),
      ...examineRole(role, await readRestoreNeeds(connection, names), owned.length, options),
      ...examineStaging(await listStagingAreas(connection)),
      ...examineTriggers(deps, installer, triggers),
      ...check.problems.map(({ code, severity, table, message, hint }) =>
        finding(`model-${code}`, severity, message, { table, advice: hint }),
      ),
      ...(await examineTables(connection, check, fitness, { version: server.version, guarded })),
      ...(await examinePublication(connection, deps, fitness.fit)),
      ...(await examineSource(connection, deps.catalog, health.standby)),
      ...(await examinePolicies(deps)),
      ...(await examineSlot(connection, { slot: deps.slot, newest }, health)),
    ];
    return { server, ok: findings.every(({ severity }) => severity !== 'error'), findings: worstFirst(findings) };
  });
}

async function examineTables(
  connection: Connection,
  { usable, definitions }: ModelCheck,
  { targets, unfit, misnaming }: Fitness,
  server: { readonly version: number; readonly guarded: boolean },
): Promise<Finding[]> {
  const owned = ownedTables(usable);
  const names = owned.map(table => table.table);
  const facts = await readTableFacts(connection, names);
  const health = await readTableHealth(connection, names);
  return owned.flatMap(table => {
    const known = definitions.get(table.table);
    if (!known) return [];
    return examineTable({
      table,
      schema: known,
      facts: facts.get(table.table),
      health: health.get(table.table),
      targets: targets.filter(target => target.root === known.oid),
      unfit: unfit.get(table.table),
      misnaming: misnaming.get(known.oid),
      server,
    });
  });
}
