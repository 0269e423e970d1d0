/** `doctor`: what weakens protection and the SQL that mends it; `--fix` applies what is safe, after showing it. */
import type { Command } from 'commander';
import type { Finding } from '../../lib/domain/finding.ts';
import { type DoctorReport, doctor as examine } from '../../lib/operations/model/doctor.ts';
import { doctorFix, type FixStep } from '../../lib/operations/model/doctor-fix.ts';
import { readModelFile } from '../../lib/operations/model/model-file.ts';
import { plural, printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';

/** A check that found errors: the class of the source database. */
const FOUND_ERRORS = 5;

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('list what weakens protection, with the SQL that mends it')
    .option('--fix', 'apply what is safe: replica identity by index, publication, slot')
    .option('-y, --yes', 'do not ask before --fix')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast doctor\n  $ holdfast doctor --fix\n\nExit code 5 where something is an error: rows are or will be missing from backups.',
    )
    .action(inSession(doctor));
}

async function doctor(session: Session, options: { fix?: boolean; yes?: boolean }): Promise<void> {
  const config = await session.config();
  const deps = {
    source: config.source,
    slot: config.slot,
    publication: config.publication,
    model: await readModelFile(config.model),
  };
  if (!options.fix) {
    const report = await examine(deps);
    if (!report.ok) session.exitWith(FOUND_ERRORS);
    return session.emit(report, () => renderReport(report, session.style, 'holdfast doctor --fix'));
  }
  const result = await doctorFix(deps, {
    approve: async steps => {
      session.remark(renderSteps(steps, session.style));
      await session.confirm(`Run ${plural(steps.length, 'step')}?`, (options.yes ?? false) || !session.interactive);
      return true;
    },
    onStep: (step, outcome) => session.remark(renderOutcome(step, outcome, session.style)),
  });
  if (!result.report.ok || result.failed.length > 0) session.exitWith(FOUND_ERRORS);
  session.emit(result, () => renderReport(result.report, session.style));
}

function renderSteps(steps: readonly FixStep[], style: Style): string {
  const lines = steps.flatMap(step => step.sql.map(statement => `  ${printable(statement, 4000)}`));
  return `${style.bold('Safe to apply:')}\n${lines.join('\n')}`;
}

function renderOutcome(step: FixStep, outcome: 'done' | { failed: string; hint: string }, style: Style): string {
  const what = step.table === null ? step.code : `${step.code} of ${printable(step.table)}`;
  if (outcome === 'done') return `${style.good('✓')} ${what}`;
  return `${style.bad('✗')} ${outcome.failed} ${style.dim(outcome.hint)}`;
}

export function renderReport(report: DoctorReport, style: Style, fix?: string): string {
  const { findings } = report;
  if (findings.length === 0) return `${style.good('✓ Nothing weakens protection.')}\n`;
  const count = (severity: Finding['severity']) => findings.filter(finding => finding.severity === severity).length;
  const [errors, warnings, infos] = [count('error'), count('warning'), count('info')];
  const summary = [
    errors > 0 ? style.bad(plural(errors, 'error')) : style.good('no errors'),
    ...(warnings > 0 ? [style.warn(plural(warnings, 'warning'))] : []),
    ...(infos > 0 ? [style.dim(plural(infos, 'remark'))] : []),
  ].join(', ');
  const safe = findings.filter(finding => finding.safe).length;
  const offer =
    fix !== undefined && safe > 0 ? `\n${plural(safe, 'finding')} can be mended safely now:  ${style.bold(fix)}\n` : '';
  return `${groups(findings)
    .map(group => renderGroup(group, style))
    .join('\n')}\n${summary}\n${offer}`;
}

/** The same weakness of many tables is told once, with all of its SQL. */
function groups(findings: readonly Finding[]): Finding[][] {
  const found = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { code, severity, safe, table } = finding;
    const kind = table === null ? `${code} ${found.size}` : [code, severity, safe].join(' ');
    found.set(kind, [...(found.get(kind) ?? []), finding]);
  }
  return [...found.values()];
}

function renderGroup(group: readonly Finding[], style: Style): string {
  const [first, ...others] = group as [Finding, ...Finding[]];
  if (others.length === 0) return renderFinding(first, style);
  const names = others.map(finding => printable(finding.table ?? '')).join(', ');
  const merged = { ...first, sql: group.flatMap(finding => finding.sql) };
  return renderFinding(merged, style, `    ${style.bold(`The same of ${names}.`)}\n`);
}

function renderFinding(finding: Finding, style: Style, also = ''): string {
  const sign = { error: style.bad('✗'), warning: style.warn('!'), info: style.dim('·') }[finding.severity];
  const sql = finding.sql.map(statement => `    ${style.accent(printable(statement, 4000))}\n`).join('');
  const advice = finding.advice === undefined ? '' : `    ${style.dim(printable(finding.advice))}\n`;
  const safe = finding.safe ? style.good(' (safe: --fix does it)') : '';
  return `${sign} ${printable(finding.message)} ${style.dim(`[${finding.code}]`)}${safe}\n${also}${sql}${advice}`;
}
