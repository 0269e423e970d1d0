/** The doctor's findings about the role that Holdfast connects as. */
import type { Finding } from '../../domain/finding.ts';
import { bypassRlsSql, grantSql, type RoleFacts } from '../../postgres/server/roles.ts';
import { quoteIdentifier } from '../../postgres/sql.ts';

export function examineRole(facts: RoleFacts, owned: number): Finding[] {
  const findings: Finding[] = facts.hidden.map(table => ({
    code: 'rls-hides-rows',
    severity: 'error',
    table,
    message: `Row-level security would hide rows of ${table} from the role ${facts.role}: every run stops with an error.`,
    sql: [bypassRlsSql(facts.role)],
    safe: false,
    advice: 'A superuser runs it. On Amazon RDS let the tables’ owner do the backup, without FORCE ROW LEVEL SECURITY.',
  }));
  if (facts.superuser || facts.excess.length > 0) {
    const more = facts.superuser ? 'is a superuser' : `has ${facts.excess.join(', ')}`;
    findings.push({
      code: 'role-too-powerful',
      severity: 'warning',
      table: null,
      message: `The role ${facts.role} ${more}: what the server runs during a restore (CHECK constraints, defaults, generated columns, domains) runs with that power, and the application's owner can change it.`,
      sql: [],
      safe: false,
      advice:
        'Give Holdfast a role of its own with LOGIN, REPLICATION and BYPASSRLS, the privileges on the tables, CREATE on the database and SET ON PARAMETER session_replication_role, and nothing else.',
    });
  }
  if (facts.unreadable.length > 0) {
    findings.push({
      code: 'cannot-read',
      severity: 'error',
      table: facts.unreadable[0]!,
      message: `The role ${facts.role} may not read ${facts.unreadable.length} of ${owned} tables: ${facts.unreadable.join(', ')}.`,
      sql: grantSql(facts.role, 'SELECT', facts.unreadable),
      safe: false,
    });
  }
  if (!facts.replication) {
    findings.push({
      code: 'no-replication',
      severity: 'error',
      table: null,
      message: `The role ${facts.role} may not use replication slots: it cannot ship the change log.`,
      sql: [`ALTER ROLE ${quoteIdentifier(facts.role)} REPLICATION;`],
      safe: false,
      advice: `On Amazon RDS and Aurora: GRANT rds_replication TO ${quoteIdentifier(facts.role)};`,
    });
  }
  if (facts.unwritable.length > 0) {
    findings.push({
      code: 'cannot-write',
      severity: 'warning',
      table: facts.unwritable[0]!,
      message: `The role ${facts.role} may not write ${facts.unwritable.length} of ${owned} tables: it cannot restore them in place.`,
      sql: grantSql(facts.role, 'SELECT, INSERT, UPDATE, DELETE', facts.unwritable),
      safe: false,
      advice: 'Or keep it so, and give restores a URL with another role.',
    });
  }
  if (!facts.mayCreateSchema) {
    findings.push({
      code: 'cannot-stage',
      severity: 'warning',
      table: null,
      message: `The role ${facts.role} may not create a schema in this database: a restore has nowhere to stage.`,
      sql: [],
      safe: false,
      advice: `GRANT CREATE ON DATABASE to ${quoteIdentifier(facts.role)}, or stage restores in another database.`,
    });
  }
  if (!facts.maySuppressTriggers) {
    findings.push({
      code: 'triggers-fire',
      severity: 'warning',
      table: null,
      message: `The role ${facts.role} may not set session_replication_role: the application's triggers fire during a restore.`,
      sql: [`GRANT SET ON PARAMETER session_replication_role TO ${quoteIdentifier(facts.role)};`],
      safe: false,
    });
  }
  return findings;
}
