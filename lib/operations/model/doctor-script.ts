/**
 * Everything that the doctor found, as one SQL script for a database administrator: in the order in which it must run,
 * each statement complete, repeatable, and outside a transaction (CONCURRENTLY allows none). Statements that rewrite
 * data, need a restart or are optional are comments.
 */
import type { Finding } from '../../domain/finding.ts';
import { addTablesSql } from '../../postgres/log/publication.ts';
import { repeatableSql, SCRIPT_LOCK_SQL } from '../../postgres/server/repeatable-sql.ts';
import type { DoctorDeps, DoctorReport } from './doctor.ts';

const SECTIONS: readonly { readonly title: string; readonly codes: readonly string[] }[] = [
  {
    title: 'The role of Holdfast',
    codes: [
      ...[
        'no-replication',
        'rls-hides-rows',
        'cannot-read',
        'cannot-write',
        'cannot-read-related',
        'cannot-use-schemas',
      ],
      ...['cannot-advance-sequences', 'cannot-use-types', 'cannot-run-functions', 'cannot-stage', 'triggers-fire'],
      'cannot-hold-parents',
    ],
  },
  { title: 'UPDATE and DELETE that fail now', codes: ['application-blocked'] },
  {
    title: 'The guard: a replica identity that DDL removes is restored in the same transaction',
    codes: ['identity-guard'],
  },
  { title: 'The change log records DDL at its exact position', codes: ['ddl-triggers'] },
  { title: 'Replica identity: deleted rows carry their tenant', codes: ['replica-identity'] },
  { title: 'Indexes that find the rows of one tenant', codes: ['missing-index'] },
  { title: 'The publication: which tables the change log covers', codes: ['publication'] },
  { title: 'The replication slot, after its publication', codes: ['slot-missing'] },
];

export function doctorScript({ publication, slot }: DoctorDeps, { server, findings }: DoctorReport): string {
  const used = new Set(SECTIONS.flatMap(section => section.codes));
  const parts = SECTIONS.map(({ title, codes }) => {
    const lines = codes.flatMap(code =>
      findings.filter(finding => finding.code === code).flatMap(finding => block(finding, slot)),
    );
    if (codes.includes('publication')) lines.push(...soonPublishable(findings, publication, slot));
    return lines.length === 0 ? '' : `\n-- ${title}\n${unique(lines).join('\n')}\n`;
  });
  const others = findings.filter(finding => finding.sql.length > 0 && !used.has(finding.code));
  const open = findings.filter(finding => finding.sql.length === 0 && finding.severity !== 'info');
  const decide =
    others.length === 0 ? '' : `\n-- For you to decide: not run by this script\n${comments(others).join('\n')}\n`;
  const rest =
    open.length === 0 ? '' : `\n-- What SQL cannot fix\n${open.map(finding => note(finding.message)).join('\n')}\n`;
  return `-- Holdfast: what protects ${oneLine(server.database)}. Review it, then run it as a superuser or as the tables' owner:
--   psql -v ON_ERROR_STOP=1 -f FILE     (not with -1: indexes are built outside a transaction, without blocking writes)
-- It can be run again. Afterwards holdfast doctor should find no more errors.
${SCRIPT_LOCK_SQL} -- no statement keeps the application waiting; if one fails, run the script again
${parts.join('')}${decide}${rest}`;
}

/** A finding's statements with their purpose; only as comments where they rewrite data or block. */
function block(finding: Finding, slot: string): string[] {
  const blocks =
    finding.code === 'missing-index' && !finding.sql.every(statement => statement.includes('CONCURRENTLY'));
  const runs = finding.safe || (finding.code !== 'replica-identity' && !blocks);
  if (!runs) return comments([finding]);
  return [note(finding.message), ...finding.sql.flatMap(statement => repeatableSql(statement, slot))];
}

/** Tables that can be published once their identity above is set. */
function soonPublishable(findings: readonly Finding[], publication: string, slot: string): string[] {
  const tables = findings.flatMap(({ code, safe, severity, table }) =>
    code === 'replica-identity' && safe && severity === 'error' && table !== null ? [table] : [],
  );
  return tables.flatMap(table => repeatableSql(`${addTablesSql(publication, [table])};`, slot));
}

function comments(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ message, advice, sql }) => [
    note(message),
    ...(advice === undefined ? [] : [note(advice)]),
    ...sql.map(statement => `--   ${oneLine(statement)}`),
  ]);
}

function note(text: string): string {
  return `-- ${oneLine(text)}`;
}

/** A line break in a name must not end a comment. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}|\p{Zl}|\p{Zp}/gu, ' ');
}

/** A statement of several findings (BYPASSRLS) appears once; the line before it states its purpose. */
function unique(lines: readonly string[]): string[] {
  const seen = new Set<string>();
  return lines.filter(line => {
    if (!/^(ALTER ROLE|GRANT) /.test(line)) return true;
    if (seen.has(line)) return false;
    seen.add(line);
    return true;
  });
}
