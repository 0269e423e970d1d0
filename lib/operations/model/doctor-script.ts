/**
 * Everything that the doctor found, as one SQL script for a database administrator: in the order in which it must run,
 * each statement whole, repeatable, and outside a transaction (CONCURRENTLY allows none). What rewrites data, needs a
 * restart or is a matter of opinion stands in it as a comment.
 */
import type { Finding } from '../../domain/finding.ts';
import { quoteIdentifier, quoteLiteral, quoteTable } from '../../postgres/sql.ts';
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
    title: 'The guard: a replica identity that DDL takes away is mended in the same transaction',
    codes: ['identity-guard'],
  },
  { title: 'Replica identity: deleted rows say whose they were', codes: ['replica-identity'] },
  { title: 'Indexes that find the rows of one tenant', codes: ['missing-index'] },
  { title: 'The publication: which tables the change log sees', codes: ['publication'] },
  { title: 'The replication slot, after its publication', codes: ['slot-missing'] },
];

export function doctorScript({ publication, slot }: DoctorDeps, { server, findings }: DoctorReport): string {
  const used = new Set(SECTIONS.flatMap(section => section.codes));
  const parts = SECTIONS.map(({ title, codes }) => {
    const lines = codes.flatMap(code =>
      findings.filter(finding => finding.code === code).flatMap(finding => block(finding, slot)),
    );
    if (codes.includes('publication')) lines.push(...soonPublishable(findings, publication));
    return lines.length === 0 ? '' : `\n-- ${title}\n${unique(lines).join('\n')}\n`;
  });
  const others = findings.filter(finding => finding.sql.length > 0 && !used.has(finding.code));
  const open = findings.filter(finding => finding.sql.length === 0 && finding.severity !== 'info');
  const decide =
    others.length === 0 ? '' : `\n-- For you to decide: not run by this script\n${comments(others).join('\n')}\n`;
  const rest =
    open.length === 0 ? '' : `\n-- What no SQL mends\n${open.map(finding => note(finding.message)).join('\n')}\n`;
  return `-- Holdfast: what protects ${oneLine(server.database)}. Review it, then run it as a superuser or as the tables' owner:
--   psql -v ON_ERROR_STOP=1 -f FILE     (not with -1: indexes are built outside a transaction, without blocking writes)
-- It may be run again. Afterwards holdfast doctor should find no more errors.
SET lock_timeout = '3s'; -- no statement keeps the application waiting; where one fails, run the script again
${parts.join('')}${decide}${rest}`;
}

/** A finding's statements with what they are for; only as comments where they rewrite data or block. */
function block(finding: Finding, slot: string): string[] {
  const blocks =
    finding.code === 'missing-index' && !finding.sql.every(statement => statement.includes('CONCURRENTLY'));
  const runs = finding.safe || (finding.code !== 'replica-identity' && !blocks);
  if (!runs) return comments([finding]);
  return [note(finding.message), ...finding.sql.flatMap(statement => repeatable(statement, slot))];
}

/** Tables that can be published once their identity above is there. */
function soonPublishable(findings: readonly Finding[], publication: string): string[] {
  const tables = findings.flatMap(({ code, safe, severity, table }) =>
    code === 'replica-identity' && safe && severity === 'error' && table !== null ? [table] : [],
  );
  return tables.map(table =>
    unlessDuplicate(`ALTER PUBLICATION ${quoteIdentifier(publication)} ADD TABLE ONLY ${quoteTable(table)};`),
  );
}

function repeatable(statement: string, slot: string): string[] {
  if (/^ALTER TABLE .* REPLICA IDENTITY /.test(statement)) return [insistent(statement)];
  if (/^(CREATE|ALTER) PUBLICATION /.test(statement)) return [unlessDuplicate(statement)];
  if (statement.includes('pg_create_logical_replication_slot'))
    return [
      `RESET lock_timeout; -- a new slot waits for transactions that are running`,
      `${statement.replace(/;$/, '')}\n  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = ${quoteLiteral(slot).trim()});`,
    ];
  const whole = statement.replace(
    /^(CREATE (?:UNIQUE )?INDEX(?: CONCURRENTLY)?) (?!CONCURRENTLY|IF NOT EXISTS|ON )/,
    '$1 IF NOT EXISTS ',
  );
  // A concurrent build waits for old transactions without holding anybody up.
  if (!whole.includes(' CONCURRENTLY ')) return [whole];
  if (whole.startsWith('DROP INDEX')) return dropIfInvalid(whole);
  return ['RESET lock_timeout;', whole, "SET lock_timeout = '3s';"];
}

/** The application waits behind a lock that waits: so for a moment only, again and again. */
function insistent(statement: string): string {
  return `DO $do$ BEGIN
  SET LOCAL lock_timeout = '200ms';
  FOR attempt IN 1..20 LOOP
    BEGIN
      ${statement}
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      IF attempt = 20 THEN RAISE; END IF;
      PERFORM pg_catalog.pg_sleep(0.5);
    END;
  END LOOP;
END $do$;`;
}

/** The leftover of an interrupted build; never the index that a later run of the script finds in use. psql runs it. */
function dropIfInvalid(statement: string): string[] {
  const [, index] = /IF EXISTS (.*);$/.exec(statement)!;
  const text = quoteLiteral(statement.replace(/;$/, '')).trim();
  return [
    `SELECT ${text} FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass(${quoteLiteral(index!).trim()}) AND NOT indisvalid \\gexec`,
  ];
}

function unlessDuplicate(statement: string): string {
  const known = statement.includes(' DROP TABLE ') ? 'undefined_object' : 'duplicate_object';
  const tag = statement.includes('$do$') ? '$holdfast$' : '$do$';
  return `DO ${tag} BEGIN\n  ${statement}\nEXCEPTION WHEN ${known} THEN NULL;\nEND ${tag};`;
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

/** The same statement for several findings (BYPASSRLS) once; the line before it says what it is for. */
function unique(lines: readonly string[]): string[] {
  const seen = new Set<string>();
  return lines.filter(line => {
    if (!/^(ALTER ROLE|GRANT) /.test(line)) return true;
    if (seen.has(line)) return false;
    seen.add(line);
    return true;
  });
}
