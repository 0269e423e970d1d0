/** docs/errors.md, generated from the catalogue by bin/write-configuration.ts. A test holds that the page is current. */
import { ERROR_CATALOG } from './error-catalog.ts';
import { ERROR_KINDS, type ErrorFacts, type ErrorKind } from './error-kind.ts';

const HEAD = `# Errors

Every error has a code, a message (what failed, and where) and a hint (what to do). Scripts match the code: it never changes its
meaning. \`--json\` prints \`{"error": {"code", "kind", "message", "hint", "retry", "details"}}\`; a failed execution of a state machine
carries the same document in its cause, under the error name of the class.

**Retry** says who can retry. *auto*: the caller, at once; *operator*: a person, after following the hint; *never*: no one, the
same call fails again; *depends*: each error says which.

No error contains row values, keys or passwords.

\`npx node bin/write-configuration.ts\` generates this page from lib/domain/error-catalog.ts.
`;

const TAIL = `## Exit codes

0: success. 8: a restore succeeded and excluded tables by name. 1 without a code of this page (\`unexpected\`): a bug in Holdfast; run
the command again with \`HOLDFAST_TRACE=1\` and report its output. All other exit codes are those of the classes above.
`;

/** The whole page. */
export function errorReference(): string {
  const kinds = Object.keys(ERROR_KINDS) as ErrorKind[];
  return [HEAD, ...kinds.map(section), TAIL].join('\n');
}

function section(kind: ErrorKind): string {
  const { className, meaning, exitCode } = ERROR_KINDS[kind];
  const entries = Object.entries(ERROR_CATALOG).filter(([, { kinds }]) => kinds.includes(kind));
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    `## ${className}, exit code ${exitCode}`,
    '',
    `${meaning} In Step Functions: ${workflowNames(kind)}.`,
    '',
    '| code | retry | meaning | what to do |',
    '| --- | --- | --- | --- |',
    ...entries.map(([code, entry]) => row(code, entry)),
    '',
  ].join('\n');
}

function workflowNames(kind: ErrorKind): string {
  const facts = ERROR_KINDS[kind];
  if ('workflowError' in facts) return `\`${facts.workflowError}\``;
  const settling = kind === 'storage' ? '`Holdfast.Settling` where AWS denies the request, ' : '';
  return `\`Holdfast.TryAgain\` where the retry is auto, ${settling}else \`Holdfast.Refused\``;
}

function row(code: string, { retry, meaning, remedy }: ErrorFacts): string {
  return `| \`${code}\` | ${retry} | ${meaning} | ${remedy} |`;
}
