/**
 * The doctor's findings about the role that Holdfast connects as: everything that backups, the change log and every
 * kind of restore need, so that a role with exactly the printed privileges can do all of it.
 */
import { type Finding, finding } from '../../domain/finding.ts';
import type { TableName } from '../../domain/table-schema.ts';
import {
  allowReplicationSql,
  bypassRlsSql,
  grantCreateSchemaSql,
  grantRowLockSql,
  grantSql,
  grantTriggerSuppressionSql,
  grantUseSql,
  openPolicySql,
} from '../../postgres/server/grants.ts';
import type { RestoreNeeds } from '../../postgres/server/restore-needs.ts';
import type { RoleFacts } from '../../postgres/server/roles.ts';
import { quoteTable } from '../../postgres/sql.ts';

export interface RoleOptions {
  /** Policies for the role instead of BYPASSRLS; always where that cannot be granted. */
  readonly rowPolicies?: boolean;
}

export function examineRole(
  facts: RoleFacts,
  needs: RestoreNeeds,
  owned: number,
  { rowPolicies = facts.managed }: RoleOptions = {},
): Finding[] {
  return [
    ...examineRowSecurity(facts, rowPolicies),
    ...examinePower(facts),
    ...examineBackupRights(facts, owned),
    ...examineWriting(facts, owned),
    ...examineRestoreNeeds(facts, needs),
    ...examineSession(facts),
    ...examineRowLocks(facts, needs),
  ];
}

/** Without these nothing is backed up, or nothing between snapshots. */
function examineBackupRights(facts: RoleFacts, owned: number): Finding[] {
  const { role, managed } = facts;
  return [
    ...where(facts.unreadable, tables =>
      finding(
        'cannot-read',
        'error',
        `The role ${role} cannot read ${tables.length} of ${owned} tables: ${list(tables)}.`,
        { sql: grantSql(role, 'SELECT', tables), table: tables[0]! },
      ),
    ),
    ...unless(facts.replication, () =>
      finding(
        'no-replication',
        'error',
        `The role ${role} cannot use replication slots: it cannot ship the change log.`,
        {
          sql: [allowReplicationSql(role, managed)],
          advice: `On Amazon RDS and Aurora: ${allowReplicationSql(role, true)}`,
        },
      ),
    ),
    ...unless(!facts.iamWithoutReplication, () =>
      finding(
        'iam-not-for-replication',
        'error',
        `The role ${role} logs in by IAM, and the server does not accept that for the change log.`,
        { advice: 'Set rds.iam_auth_for_replication = 1 in the (cluster) parameter group; no restart is needed.' },
      ),
    ),
  ];
}

function examineWriting({ role, unwritable }: RoleFacts, owned: number): Finding[] {
  return where(unwritable, tables =>
    finding(
      'cannot-write',
      'warning',
      `The role ${role} cannot write ${tables.length} of ${owned} tables: it cannot restore them in place.`,
      {
        sql: grantSql(role, 'SELECT, INSERT, UPDATE, DELETE', tables),
        table: tables[0]!,
        advice: 'Or leave it so, and run restores with the URL of another role.',
      },
    ),
  );
}

/** What a restore uses in addition to the tenants' own tables. */
function examineRestoreNeeds({ role }: RoleFacts, needs: RestoreNeeds): Finding[] {
  return [
    ...where(needs.unreadable, tables =>
      finding(
        'cannot-read-related',
        'warning',
        `The role ${role} cannot read ${list(tables)}: foreign keys connect them with tenants' tables, and a restore checks both ends.`,
        { sql: grantSql(role, 'SELECT', tables), table: tables[0]! },
      ),
    ),
    ...where(needs.schemas, schemas =>
      finding(
        'cannot-use-schemas',
        'warning',
        `The role ${role} cannot use the schemas ${list(schemas)}, which hold types, sequences or functions of tenants' tables.`,
        { sql: [grantUseSql(role, 'schemas', schemas)] },
      ),
    ),
    ...where(needs.sequences, sequences =>
      finding(
        'cannot-advance-sequences',
        'warning',
        `The role ${role} cannot advance ${sequences.length} sequences: after a restore the application's next row could collide.`,
        { sql: [grantUseSql(role, 'sequences', sequences.map(quoteTable))] },
      ),
    ),
    ...where(needs.types, types =>
      finding(
        'cannot-use-types',
        'warning',
        `The role ${role} cannot use the types ${list(types)}: a restore cannot stage their columns.`,
        { sql: [grantUseSql(role, 'types', types)] },
      ),
    ),
    ...where(needs.functions, functions =>
      finding(
        'cannot-run-functions',
        'warning',
        `The role ${role} cannot run ${list(functions)}, which constraints or indexes of tenants' tables call.`,
        { sql: [grantUseSql(role, 'functions', functions)] },
      ),
    ),
  ];
}

/** What a restore does at the level of the database. */
function examineSession({ role, database, mayCreateSchema, maySuppressTriggers }: RoleFacts): Finding[] {
  return [
    ...unless(mayCreateSchema, () =>
      finding(
        'cannot-stage',
        'warning',
        `The role ${role} cannot create a schema in this database: a restore has nowhere to stage.`,
        { sql: [grantCreateSchemaSql(role, database)], advice: 'Or stage restores in another database.' },
      ),
    ),
    ...unless(maySuppressTriggers, () =>
      finding(
        'triggers-fire',
        'warning',
        `The role ${role} cannot set session_replication_role: the application's triggers fire during a restore.`,
        { sql: [grantTriggerSuppressionSql(role)] },
      ),
    ),
  ];
}

function examineRowLocks({ role }: RoleFacts, { unlockable }: RestoreNeeds): Finding[] {
  return where(unlockable, parents =>
    finding(
      'cannot-hold-parents',
      'info',
      `The role ${role} cannot lock rows of ${list(parents.map(parent => parent.table))} while it restores rows that reference them: a concurrent delete leaves a row without its parent.`,
      {
        sql: parents.map(parent => grantRowLockSql(role, parent)),
        advice:
          'PostgreSQL lets a role lock a row only if it can update one of its columns; Holdfast updates none of them.',
      },
    ),
  );
}

function where<T>(lacking: readonly T[], make: (lacking: readonly T[]) => Finding): Finding[] {
  return lacking.length === 0 ? [] : [make(lacking)];
}

function examineRowSecurity({ role, hidden }: RoleFacts, rowPolicies: boolean): Finding[] {
  const message = (table: TableName) =>
    `Row-level security would hide rows of ${table} from the role ${role}: every run fails.`;
  const advice = rowPolicies
    ? 'The policy is for this role alone. A table that gets row-level security later needs one too: runs fail until it has one.'
    : 'Run it as a superuser. Where BYPASSRLS cannot be granted (Amazon RDS): holdfast doctor --row-policies.';
  return hidden.map(table => {
    const sql = rowPolicies ? openPolicySql(role, table) : [bypassRlsSql(role)];
    return finding('rls-hides-rows', 'error', message(table), { table, sql, advice });
  });
}

function examinePower({ role, superuser, excess }: RoleFacts): Finding[] {
  if (!superuser && excess.length === 0) return [];
  const power = superuser ? 'is a superuser' : `has ${excess.join(', ')}`;
  const message = `The role ${role} ${power}: code that the server runs during a restore (CHECK constraints, defaults, generated columns, domains) runs with that power, and the application's owner can change it.`;
  const advice =
    'Give Holdfast a role of its own with LOGIN and nothing else, put it into the URL, and run holdfast doctor --sql: it prints everything that the role needs.';
  return [finding('role-too-powerful', 'warning', message, { advice })];
}

function unless(granted: boolean, make: () => Finding): Finding[] {
  return granted ? [] : [make()];
}

function list(names: readonly string[]): string {
  return names.join(', ');
}
