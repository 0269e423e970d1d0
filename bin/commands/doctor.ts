/** `doctor`: what weakens protection and the SQL that fixes it; `--fix` applies the safe fixes after showing them. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import type { Finding } from '../../lib/domain/finding.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { openSqliteCatalog } from '../../lib/local/sqlite-catalog.ts';
import type { PreflightReport } from '../../lib/operations/fleet/preflight.ts';
import { type DoctorDeps, doctor as examine } from '../../lib/operations/model/doctor.ts';
import { doctorFix, type FixOutcome, type FixStep } from '../../lib/operations/model/doctor-fix.ts';
import { doctorScript } from '../../lib/operations/model/doctor-script.ts';
import { readModelFile } from '../../lib/operations/model/model-file.ts';
import type { Remote } from '../aws/remote.ts';
import { plural, printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';
import { wrap, wrapSql } from '../terminal/wrap.ts';

/** Errors were found: the exit code for the source database. */
const FOUND_ERRORS = 5;

interface DoctorOptions {
  readonly fix?: boolean;
  readonly sql?: string | true;
  readonly rowPolicies?: boolean;
  readonly yes?: boolean;
}

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('list what weakens protection, and the SQL fixes')
    .option('--fix', 'apply the safe fixes: replica identities, publication, slot')
    .option('--sql [file]', 'print one script for a database administrator, or write it to a file')
    .option('--row-policies', 'give the role access to all rows by policies, if BYPASSRLS cannot be granted')
    .option('-y, --yes', 'do not ask for confirmation before --fix')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast doctor\n  $ holdfast doctor --fix\n  $ holdfast doctor --sql setup.sql && psql -v ON_ERROR_STOP=1 -f setup.sql\n\nExit code 5 if there is an error: rows are or will be missing from backups.\nWith --profile it also examines network, keys, vault and limits on AWS.',
    )
    .action(inSession(doctor));
}

async function doctor(session: Session, options: DoctorOptions): Promise<void> {
  if (session.remote) return examineRemotely(session, session.remote, options);
  const config = await session.config();
  if (options.fix && options.sql !== undefined)
    throw new InputError('usage', '--fix and --sql exclude each other.', { hint: 'Leave one of them out.' });
  const deps = {
    source: config.source,
    slot: config.slot,
    publication: config.publication,
    model: await readModelFile(config.model),
    ...(config.policyQuery && { policyQuery: config.policyQuery }),
    // Before the first run there is none, and the doctor makes none.
    ...(existsSync(config.catalog) && { catalog: openSqliteCatalog(config.catalog) }),
  };
  if (options.fix) return fix(session, deps, options.yes ?? false);
  const forAdministrator = options.sql !== undefined;
  const report = await examine(deps, { forAdministrator, ...(options.rowPolicies ? { rowPolicies: true } : {}) });
  if (options.sql !== undefined) return printScript(session, doctorScript(deps, report), options.sql);
  if (!report.ok) session.exitWith(FOUND_ERRORS);
  session.emit(report, () => renderReport(report, session.style, 'holdfast doctor --fix', session.columns));
}

/** On AWS the preflight examines what only it can reach, the database from its own network included. */
async function examineRemotely(session: Session, remote: Remote, options: DoctorOptions): Promise<void> {
  if (options.fix || options.sql !== undefined || options.rowPolicies) {
    throw new InputError('local-only', 'On AWS the doctor only examines.', {
      hint: 'Run `holdfast doctor --fix` or `--sql` with a holdfast.yaml where the database can be reached.',
    });
  }
  const { execution, output } = await remote.run('preflight', {});
  const report = output as PreflightReport;
  if (!report.ok) session.exitWith(FOUND_ERRORS);
  session.emit({ execution, ...report }, () => {
    const more =
      report.leftOut === 0 ? '' : `${plural(report.leftOut, 'more finding')} are not shown: mend these first.\n`;
    return `${renderReport(report, session.style, undefined, session.columns)}${more}`;
  });
}

async function printScript(session: Session, script: string, file: string | true): Promise<void> {
  if (file === true) return session.emit({ sql: script }, () => script);
  await writeFile(file, script);
  session.emit({ file: resolve(file), sql: script }, () => {
    const run = `psql -v ON_ERROR_STOP=1 -f ${shellWord(file)}`;
    return `Written to ${session.style.bold(file)}. Review it, then run it as a superuser:\n  ${session.style.bold(run)}\n`;
  });
}

async function fix(session: Session, deps: DoctorDeps, yes: boolean): Promise<void> {
  const { style } = session;
  const result = await doctorFix(deps, {
    approve: async steps => {
      session.remark(renderSteps(steps, session));
      await session.confirm(`Run ${plural(steps.length, 'step')}?`, yes, NOT_SEEN);
      return true;
    },
    onStep: (step, outcome, { done, total }) =>
      session.remark(
        `${style.dim(`${String(done).padStart(String(total).length)}/${total}`)} ${renderOutcome(step, outcome, style)}`,
      ),
  });
  if (result.undone.length > 0)
    session.remark(`Took back ${plural(result.undone.length, 'step')}: without publication and slot there is no log.`);
  if (!result.report.ok || result.failed.length > 0) session.exitWith(FOUND_ERRORS);
  session.emit(result, () => renderReport(result.report, style, undefined, session.columns));
}

const NOT_SEEN = {
  message: 'This changes the database, and there is no terminal to confirm it on.',
  hint: 'Read the output of `holdfast doctor`, then pass --yes; or give that of `holdfast doctor --sql` to an administrator.',
};

function renderSteps(steps: readonly FixStep[], { style, columns }: Session): string {
  const lines = steps.flatMap(step => step.sql.map(statement => wholeStatement(statement, columns, '  ')));
  return `${style.bold('Safe to apply:')}\n${lines.join('\n')}`;
}

function renderOutcome(step: FixStep, outcome: FixOutcome, style: Style): string {
  const what = step.table === null ? step.code : `${step.code} of ${printable(step.table)}`;
  if (outcome === 'done') return `${style.good('✓')} ${what}`;
  return `${style.bad('✗')} ${outcome.failed} ${style.dim(outcome.hint)}`;
}

export function renderReport(
  report: { readonly findings: readonly Finding[] },
  style: Style,
  fix?: string,
  columns = 100,
): string {
  const { findings } = report;
  if (findings.length === 0) return `${style.good('✓ Nothing weakens protection.')}\n`;
  const count = (severity: Finding['severity']) => findings.filter(finding => finding.severity === severity).length;
  const [errors, warnings, infos] = [count('error'), count('warning'), count('info')];
  const summary = [
    errors > 0 ? style.bad(plural(errors, 'error')) : style.good('no errors'),
    ...(warnings > 0 ? [style.warn(plural(warnings, 'warning'))] : []),
    ...(infos > 0 ? [style.dim(plural(infos, 'note'))] : []),
  ].join(', ');
  const safe = findings.filter(finding => finding.safe).length;
  const offer =
    fix !== undefined && safe > 0 ? `\n${plural(safe, 'finding')} can be fixed safely:  ${style.bold(fix)}\n` : '';
  const script =
    fix !== undefined && findings.some(finding => finding.sql.length > 0)
      ? `${offer === '' ? '\n' : ''}Everything as one script for an administrator:  ${style.bold('holdfast doctor --sql FILE')}\n`
      : '';
  return `${groups(findings)
    .map(group => renderGroup(group, style, columns))
    .join('\n')}\n${summary}\n${offer}${script}`;
}

/** A weakness that several tables share is reported once, with all of its SQL. */
function groups(findings: readonly Finding[]): Finding[][] {
  const found = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { code, severity, safe, table, advice } = finding;
    const kind = table === null ? `${code} ${found.size}` : [code, severity, safe, advice].join(' ');
    found.set(kind, [...(found.get(kind) ?? []), finding]);
  }
  return [...found.values()];
}

function renderGroup(group: readonly Finding[], style: Style, columns: number): string {
  const [first, ...others] = group as [Finding, ...Finding[]];
  if (others.length === 0) return renderFinding(first, style, columns);
  const names = others.map(finding => printable(finding.table ?? '')).join(', ');
  const merged = { ...first, sql: [...new Set(group.flatMap(finding => finding.sql))] };
  const also = wrap(`Same for ${plural(others.length, 'more table')}: ${names}.`, columns, '    ');
  return renderFinding(merged, style, columns, `${style.bold(also)}\n`);
}

function renderFinding(finding: Finding, style: Style, columns: number, also = ''): string {
  const sign = { error: style.bad('✗'), warning: style.warn('!'), info: style.dim('·') }[finding.severity];
  const sql = finding.sql.map(statement => `${style.accent(wholeStatement(statement, columns, '    '))}\n`).join('');
  const advice = finding.advice === undefined ? '' : `${style.dim(wrap(printable(finding.advice), columns, '    '))}\n`;
  const message = wrap(
    `${printable(finding.message)} [${finding.code}]${finding.safe ? ' (safe: applied by --fix)' : ''}`,
    columns - 2,
    '  ',
  )
    .trimStart()
    .replace(`[${finding.code}]`, style.dim(`[${finding.code}]`))
    .replace('(safe: applied by --fix)', style.good('(safe: applied by --fix)'));
  return `${sign} ${message}\n${also}${sql}${advice}`;
}

/** Statements of more lines are programs: nobody copies them from a terminal. */
const LONG_LINES = 15;

/** Not truncated, and broken only where SQL allows it: it is meant to be copied. A program is named. */
function wholeStatement(statement: string, columns: number, indent: string): string {
  const lines = statement.split('\n');
  if (lines.length === 1) return wrapSql(printable(statement), columns, indent);
  if (lines.length <= LONG_LINES) return lines.map(line => indent + printable(line)).join('\n');
  const made = [...statement.matchAll(/^ *CREATE EVENT TRIGGER "?([^\s"]+)/gm)].map(match => match[1]!);
  const what = made.length > 0 ? `Creates the event triggers ${made.join(', ')}` : lines[0]!;
  return `${indent}-- ${printable(what)}\n${indent}-- (${lines.length} lines of SQL: holdfast doctor --sql prints them)`;
}
