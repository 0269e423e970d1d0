/**
 * The doctor's findings about the role that Holdfast connects as: everything that backups, the change log and every kind
 * of restore need, so that a role with exactly what is printed can do it all.
 */
import type { Finding } from '../../domain/finding.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { RestoreNeeds } from '../../postgres/server/restore-needs.ts';
import { bypassRlsSql, grantSql, openPolicySql, type RoleFacts } from '../../postgres/server/roles.ts';
import { quoteIdentifier, quoteTable } from '../../postgres/sql.ts';

export interface RoleOptions {
  /** Policies of the role's own instead of BYPASSRLS; always where nobody can give that. */
  readonly rowPolicies?: boolean;
}

export function examineRole(
  facts: RoleFacts,
  needs: RestoreNeeds,
  owned: number,
  { rowPolicies = facts.managed }: RoleOptions = {},
): Finding[] {
  const role = quoteIdentifier(facts.role);
  const list = (tables: readonly TableName[]) => tables.join(', ');
  const finding = (
    code: string,
    severity: Finding['severity'],
    message: string,
    sql: string[],
    more: Partial<Pick<Finding, 'advice' | 'table'>> = {},
  ): Finding => ({ code, severity, table: null, message, sql, safe: false, ...more });
  return [
    ...examineRowSecurity(facts, rowPolicies),
    ...examinePower(facts),
    ...where(facts.unreadable, tables =>
      finding(
        'cannot-read',
        'error',
        `The role ${facts.role} may not read ${tables.length} of ${owned} tables: ${list(tables)}.`,
        grantSql(facts.role, 'SELECT', tables),
        { table: tables[0]! },
      ),
    ),
    ...where(facts.replication ? [] : [role], () =>
      finding(
        'no-replication',
        'error',
        `The role ${facts.role} may not use replication slots: it cannot ship the change log.`,
        [facts.managed ? `GRANT rds_replication TO ${role};` : `ALTER ROLE ${role} REPLICATION;`],
        { advice: `On Amazon RDS and Aurora: GRANT rds_replication TO ${role};` },
      ),
    ),
    ...where(facts.unwritable, tables =>
      finding(
        'cannot-write',
        'warning',
        `The role ${facts.role} may not write ${tables.length} of ${owned} tables: it cannot restore them in place.`,
        grantSql(facts.role, 'SELECT, INSERT, UPDATE, DELETE', tables),
        { table: tables[0]!, advice: 'Or keep it so, and give restores a URL with another role.' },
      ),
    ),
    ...where(needs.unreadable, tables =>
      finding(
        'cannot-read-related',
        'warning',
        `The role ${facts.role} may not read ${list(tables)}: foreign keys of tenants' tables lead from or to them, and a restore looks at both ends.`,
        grantSql(facts.role, 'SELECT', tables),
        { table: tables[0]! },
      ),
    ),
    ...where(needs.schemas, schemas =>
      finding(
        'cannot-use-schemas',
        'warning',
        `The role ${facts.role} may not look into ${list(schemas)}, where types, sequences or functions of tenants' tables are.`,
        [`GRANT USAGE ON SCHEMA ${list(schemas)} TO ${role};`],
      ),
    ),
    ...where(needs.sequences, sequences =>
      finding(
        'cannot-advance-sequences',
        'warning',
        `The role ${facts.role} may not advance ${sequences.length} sequences: after a restore the application's next row could collide.`,
        [`GRANT SELECT, UPDATE ON SEQUENCE ${sequences.map(quoteTable).join(', ')} TO ${role};`],
      ),
    ),
    ...where(needs.types, types =>
      finding(
        'cannot-use-types',
        'warning',
        `The role ${facts.role} may not use the types ${list(types)}: a restore cannot stage their columns.`,
        [`GRANT USAGE ON TYPE ${list(types)} TO ${role};`],
      ),
    ),
    ...where(needs.functions, functions =>
      finding(
        'cannot-run-functions',
        'warning',
        `The role ${facts.role} may not run ${list(functions)}, which constraints or indexes of tenants' tables call.`,
        [`GRANT EXECUTE ON FUNCTION ${list(functions)} TO ${role};`],
      ),
    ),
    ...where(facts.mayCreateSchema ? [] : [role], () =>
      finding(
        'cannot-stage',
        'warning',
        `The role ${facts.role} may not create a schema in this database: a restore has nowhere to stage.`,
        [`GRANT CREATE ON DATABASE ${quoteIdentifier(facts.database)} TO ${role};`],
        { advice: 'Or stage restores in another database.' },
      ),
    ),
    ...where(facts.maySuppressTriggers ? [] : [role], () =>
      finding(
        'triggers-fire',
        'warning',
        `The role ${facts.role} may not set session_replication_role: the application's triggers fire during a restore.`,
        [`GRANT SET ON PARAMETER session_replication_role TO ${role};`],
      ),
    ),
    ...where(needs.unlockable, parents =>
      finding(
        'cannot-hold-parents',
        'info',
        `The role ${facts.role} cannot hold rows of ${list(parents.map(parent => parent.table))} while it restores rows that refer to them: who deletes one at that moment leaves a row without its parent.`,
        parents.map(
          ({ table, column }) => `GRANT UPDATE (${quoteIdentifier(column)}) ON ${quoteTable(table)} TO ${role};`,
        ),
        {
          advice:
            'PostgreSQL locks a row only for a role that may update some column of it; Holdfast updates none there.',
        },
      ),
    ),
  ];
}

function where<T>(lacking: readonly T[], make: (lacking: readonly T[]) => Finding): Finding[] {
  return lacking.length === 0 ? [] : [make(lacking)];
}

function examineRowSecurity({ role, hidden }: RoleFacts, rowPolicies: boolean): Finding[] {
  return hidden.map(table => ({
    code: 'rls-hides-rows',
    severity: 'error',
    table,
    message: `Row-level security would hide rows of ${table} from the role ${role}: every run stops with an error.`,
    sql: rowPolicies ? openPolicySql(role, table) : [bypassRlsSql(role)],
    safe: false,
    advice: rowPolicies
      ? 'The policy is for this role alone. A table that gets row-level security later needs one too: runs stop until it has.'
      : 'A superuser runs it. Where nobody can give BYPASSRLS (Amazon RDS): holdfast doctor --row-policies.',
  }));
}

function examinePower({ role, superuser, excess }: RoleFacts): Finding[] {
  if (!superuser && excess.length === 0) return [];
  const more = superuser ? 'is a superuser' : `has ${excess.join(', ')}`;
  return [
    {
      code: 'role-too-powerful',
      severity: 'warning',
      table: null,
      message: `The role ${role} ${more}: what the server runs during a restore (CHECK constraints, defaults, generated columns, domains) runs with that power, and the application's owner can change it.`,
      sql: [],
      safe: false,
      advice:
        'Give Holdfast a role of its own with LOGIN and nothing else, put it into the URL, and run holdfast doctor --sql: it prints all that the role needs.',
    },
  ];
}
