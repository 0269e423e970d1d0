/**
 * Examines a source database for everything that would weaken protection, and says for each thing the SQL that mends
 * it. Reads only. What it finds safe to mend, doctor-fix applies.
 */
import { type Finding, worstFirst } from '../../domain/finding.ts';
import type { ServerInfo } from '../../domain/manifest.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { readServerInfo } from '../../postgres/catalogs/catalog-discovery.ts';
import { readTableFacts } from '../../postgres/catalogs/table-facts.ts';
import { type Connection, withConnection } from '../../postgres/connection.ts';
import { DDL_TRIGGERS } from '../../postgres/log/ddl-triggers.ts';
import { identityGuard } from '../../postgres/log/identity-guard.ts';
import { harmSql } from '../../postgres/log/identity-harm.ts';
import { publicationSql, publicationState } from '../../postgres/log/publication.ts';
import { createSlotSql, slotState } from '../../postgres/log/replication-slot.ts';
import { isInstalled, TRIGGER_SCHEMA, triggerIntruders, triggerSql } from '../../postgres/log/trigger-schema.ts';
import { readRestoreNeeds } from '../../postgres/server/restore-needs.ts';
import { type RoleFacts, readRole } from '../../postgres/server/roles.ts';
import { readServerHealth, readTableHealth, type ServerHealth } from '../../postgres/server/server-health.ts';
import { listStagingAreas } from '../../postgres/staging/staging-area.ts';
import type { Context } from '../context.ts';
import { checkModel } from './check-model.ts';
import { examineRole, type RoleOptions } from './doctor-role.ts';
import { examineStaging } from './doctor-staging.ts';
import { examineTable } from './doctor-table.ts';
import { readFitness } from './table-fitness.ts';

export type DoctorDeps = Pick<Context, 'source' | 'model' | 'slot' | 'publication'>;

export interface DoctorReport {
  readonly server: ServerInfo;
  /** True where nothing is an error. */
  readonly ok: boolean;
  /** The worst first. */
  readonly findings: Finding[];
}

/** A slot that keeps more than this much WAL is worth a word, in bytes. */
const MUCH_WAL = 8 * 1024 ** 3;

/** SourceError `cannot-connect`; everything else that is wrong is a finding. */
export interface DoctorOptions extends RoleOptions {
  /** Whoever may do everything runs what is found, in one go: so that nothing is left for a second one. */
  readonly forAdministrator?: boolean;
}

export async function doctor(deps: DoctorDeps, options: DoctorOptions = {}): Promise<DoctorReport> {
  return withConnection(deps.source, 'doctor', async connection => {
    const server = await readServerInfo(connection);
    const health = await readServerHealth(connection);
    const check = await checkModel(connection, deps.model);
    const owned = ownedTables(check.usable);
    const names = owned.map(table => table.table);
    const schemas = new Map(check.schema.tables.map(schema => [schema.table, schema]));
    const facts = await readTableFacts(connection, names);
    const tables = await readTableHealth(connection, names);
    const role = await readRole(connection, names);
    const installer = options.forAdministrator ? { ...role, superuser: true, maySuppressTriggers: true } : role;
    const intruders = await triggerIntruders(connection);
    const guarded = await isInstalled(connection, identityGuard(deps.publication, false));
    // Made in the same go, before the identities.
    const willBe = {
      version: server.version,
      guarded: intruders.length === 0 && (guarded || installer.superuser),
    };
    const { fit, unfit, targets } = await readFitness(connection, deps.publication, check.schema.tables);
    const findings: Finding[] = [
      ...examineServer(health),
      ...examineRole(role, await readRestoreNeeds(connection, names), owned.length, options),
      ...examineStaging(await listStagingAreas(connection)),
      ...(intruders.length > 0
        ? [foreignTriggerSchema(intruders)]
        : [
            ...examineGuard(deps, installer, guarded),
            ...examineDdlTriggers(installer, await isInstalled(connection, DDL_TRIGGERS)),
          ]),
      ...check.problems.map(
        (problem): Finding => ({
          code: `model-${problem.code}`,
          severity: problem.severity,
          table: problem.table,
          message: problem.message,
          sql: [],
          safe: false,
          advice: problem.hint,
        }),
      ),
      ...owned.flatMap(table => {
        const schema = schemas.get(table.table);
        if (!schema) return [];
        const own = targets.filter(target => target.root === schema.oid);
        return examineTable({
          table,
          schema,
          facts: facts.get(table.table),
          health: tables.get(table.table),
          targets: own,
          unfit: unfit.get(table.table),
          server: willBe,
        });
      }),
      ...(await examinePublication(connection, deps, fit)),
      ...(await examineSlot(connection, deps, health)),
    ];
    return { server, ok: findings.every(finding => finding.severity !== 'error'), findings: worstFirst(findings) };
  });
}

function examineServer(health: ServerHealth): Finding[] {
  const findings: Finding[] = [];
  if (health.walLevel !== 'logical') {
    findings.push({
      code: 'wal-level',
      severity: 'error',
      table: null,
      message: `wal_level is ${health.walLevel}: the server writes no log that can be decoded, so there is no recovery between snapshots.`,
      sql: ["ALTER SYSTEM SET wal_level = 'logical';"],
      safe: false,
      advice:
        'Restart the server afterwards. On Amazon RDS and Aurora set rds.logical_replication = 1 in the parameter group.',
    });
  }
  if (health.maxSlotWalKeepBytes === null) {
    findings.push({
      code: 'slot-wal-unlimited',
      severity: 'warning',
      table: null,
      message:
        'max_slot_wal_keep_size is not set: should shipping stop for long, the WAL kept for it fills the disk of the source.',
      sql: ["ALTER SYSTEM SET max_slot_wal_keep_size = '64GB';", 'SELECT pg_reload_conf();'],
      safe: false,
      advice:
        'Choose a size that the disk has room for and that lasts for hours of writing; beyond it the slot is given up, which is a gap.',
    });
  }
  if (health.standby) {
    findings.push({
      code: 'standby',
      severity: 'error',
      table: null,
      message: 'This server is a standby: marks, heartbeats and restores need the primary.',
      sql: [],
      safe: false,
      advice: 'Give the URL of the primary.',
    });
  }
  if (health.largeObjects) {
    findings.push({
      code: 'large-objects',
      severity: 'warning',
      table: null,
      message:
        'The database has large objects. They belong to no table, are not in the change log, and are not backed up.',
      sql: [],
      safe: false,
      advice: 'Keep such data in bytea columns, or in an object store.',
    });
  }
  for (const table of health.foreignTables) {
    findings.push({
      code: 'foreign-table',
      severity: 'warning',
      table,
      message: `${table} is a foreign table: its rows are on another server and are not backed up here.`,
      sql: [],
      safe: false,
    });
  }
  return findings;
}

async function examinePublication(
  connection: Connection,
  deps: DoctorDeps,
  wanted: readonly TableName[],
): Promise<Finding[]> {
  const state = await publicationState(connection, deps.publication, wanted);
  const sql = publicationSql(deps.publication, wanted, state).map(statement => `${statement};`);
  const base = { severity: 'error', table: null } as const;
  const harmed = state.exists ? await connection.query(harmSql(deps.publication)) : { rows: [] };
  const blocked = (harmed.rows as { relation: string; mend: string }[]).map(
    ({ relation, mend }): Finding => ({
      ...{ ...base, code: 'application-blocked', sql: [`${mend};`], safe: true },
      message: `UPDATE and DELETE fail in ${relation}: it is published and has no usable replica identity.`,
    }),
  );
  if (sql.length === 0) return blocked;
  const unfit = [...state.missing, ...state.filtered];
  const message = !state.exists
    ? `The publication ${deps.publication} does not exist: the change log sees no table.`
    : state.tooWide
      ? `The publication ${deps.publication} takes in whole schemas: UPDATE and DELETE fail in tables without a primary key.`
      : unfit.length > 0
        ? `The publication ${deps.publication} does not carry every change of ${unfit.join(', ')}.`
        : `The publication ${deps.publication} leaves out kinds of changes, or publishes partitions under their own names or generated columns.`;
  return [...blocked, { ...base, code: 'publication', message, sql, safe: !state.tooWide }];
}

/** DDL of the application that would take a replica identity away mends it in its own transaction. */
function examineGuard(deps: DoctorDeps, role: RoleFacts, guarded: boolean): Finding[] {
  if (guarded) return [];
  const sql = [triggerSql(identityGuard(deps.publication, role.maySuppressTriggers))];
  const common = { code: 'identity-guard', table: null, sql };
  const message =
    'No event trigger guards the replica identities: a migration that drops a key makes UPDATE and DELETE fail until the next run of ship mends it.';
  if (role.superuser) return [{ ...common, severity: 'warning', message, safe: true }];
  const advice =
    'The role may not create event triggers: a superuser runs this once, or the next run of ship mends it.';
  return [{ ...common, severity: 'info', message, safe: false, advice }];
}

/** A function there runs in every DDL statement, with a superuser's rights where a superuser runs it. */
function foreignTriggerSchema(intruders: readonly string[]): Finding {
  return {
    ...{ code: 'foreign-trigger-schema', severity: 'error', table: null, sql: [], safe: false },
    message: `The schema ${TRIGGER_SCHEMA}, where the functions of event triggers are to be, belongs to, may be written by or holds functions of ${intruders.join(', ')}: nothing is made in it, because such a role could replace what runs in every DDL statement.`,
    advice: `Find out who made it. Drop the event triggers that call a function in it, if there are any, then DROP SCHEMA ${TRIGGER_SCHEMA} CASCADE, and run doctor --fix again.`,
  };
}

/** DDL that stands in the log is known to the transaction; without it, to the run. */
function examineDdlTriggers(role: RoleFacts, installed: boolean): Finding[] {
  if (installed) return [];
  const common = { code: 'ddl-triggers', severity: 'info' as const, table: null, sql: [triggerSql(DDL_TRIGGERS)] };
  const message =
    'No event triggers tell the log of DDL: after one that it does not tell (a filled partition attached, a column converted), the table cannot be recovered from the end of the run before on, instead of from the statement on.';
  const advice = `${role.superuser ? '' : 'A superuser runs this once. '}They fail no statement of the application. Drop them before a major upgrade, and run doctor --fix after it.`;
  return [{ ...common, message, safe: role.superuser, advice }];
}

async function examineSlot(connection: Connection, deps: DoctorDeps, health: ServerHealth): Promise<Finding[]> {
  if (health.standby || health.walLevel !== 'logical') return [];
  const base = { table: null, sql: [] as string[], safe: false };
  const state = await slotState(connection, deps.slot);
  if (state.status === 'missing') {
    const message = `There is no replication slot ${deps.slot}: nothing is recoverable between snapshots.`;
    const sql = [`${createSlotSql(deps.slot, health.version)};`];
    if (health.freeSlots > 0) return [{ ...base, code: 'slot-missing', severity: 'error', message, sql, safe: true }];
    const advice = 'Drop a slot that nobody reads, or raise max_replication_slots and restart the server.';
    return [
      {
        ...base,
        code: 'no-free-slot',
        severity: 'error',
        message: `${message} All of max_replication_slots are taken.`,
        advice,
      },
    ];
  }
  if (state.status === 'lost') {
    const message = `The replication slot ${deps.slot} has lost WAL (${state.reason}): there is a gap.`;
    const advice = 'Run holdfast ship: it records the gap, makes a new slot and says which snapshots to take.';
    return [{ ...base, code: 'slot-lost', severity: 'error', message, advice }];
  }
  if (state.retainedBytes < MUCH_WAL) return [];
  const message = `The slot ${deps.slot} keeps ${(state.retainedBytes / 1024 ** 3).toFixed(1)} GiB of WAL on the source.`;
  return [
    {
      ...base,
      code: 'slot-behind',
      severity: 'warning',
      message,
      advice: 'Run holdfast ship; look why it does not keep up.',
    },
  ];
}
