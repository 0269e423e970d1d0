/** `start`, `follow`, `executions`: the state machines of an installation on AWS, by name, with example inputs. */
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { WORKFLOW_NAMES, WORKFLOWS, type Workflow, type WorkflowFacts } from '../../lib/domain/workflows.ts';
import { arnOf, executionName, type Remote } from '../aws/remote.ts';
import { duration, plural, printable, relative } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTable } from '../terminal/table.ts';
import { whole } from './restore-options.ts';

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('on AWS: start a state machine and follow it')
    .argument('[workflow]', `one of ${WORKFLOW_NAMES.join(', ')}; omit it to list them`)
    .option('--input <json>', 'input of the execution (default: the example in the list)')
    .option('--no-follow', 'return as soon as it has started')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast start\n  $ holdfast --profile prod start verify-fleet\n  $ holdfast --profile prod start back-up-fleet --no-follow \\\n      --input \'{"tenants":["acme"],"reason":"migration"}\'',
    )
    .action(inSession(start));
  program
    .command('follow')
    .description('on AWS: follow an execution until it ends')
    .argument('<execution>', 'its ARN, or WORKFLOW/NAME')
    .addHelpText('after', '\nExamples:\n  $ holdfast --profile prod follow verify-fleet/1f0c…')
    .action(inSession(follow));
  program
    .command('executions')
    .description('on AWS: list recent and running executions')
    .argument('[workflow]', 'only this state machine')
    .option('--limit <n>', 'show at most n per state machine', whole, 5)
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast --profile prod executions\n  $ holdfast --profile prod executions restore-tenant --limit 20',
    )
    .action(inSession(executions));
}

interface StartOptions {
  readonly input?: string;
  readonly follow: boolean;
}

async function start(session: Session, named: string | undefined, options: StartOptions): Promise<void> {
  if (named === undefined) return list(session);
  const workflow = workflowOf(named);
  const facts: WorkflowFacts = WORKFLOWS[workflow];
  if (options.input === undefined && !facts.ready) {
    throw new InputError('usage', `${workflow} requires an input.`, {
      hint: `For example --input '${JSON.stringify(facts.example)}'`,
    });
  }
  const input = options.input === undefined ? facts.example : inputOf(options.input);
  const remote = remoteOf(session);
  if (options.follow) {
    const { execution, output } = await remote.run(workflow, input);
    return emitEnd(session, execution, output);
  }
  const execution = await remote.start(workflow, input);
  session.emit({ execution }, () => {
    const command = remote.command(`follow ${workflow}/${executionName(execution)}`);
    return `${session.style.good('Started.')} Follow it with  ${session.style.bold(command)}\n`;
  });
}

async function follow(session: Session, named: string): Promise<void> {
  const remote = remoteOf(session);
  const { output } = await remote.follow(await executionOf(remote, named));
  emitEnd(session, named, output);
}

async function executions(session: Session, named: string | undefined, { limit }: { limit: number }): Promise<void> {
  const { workflows, description } = await remoteOf(session).installation();
  const there = WORKFLOW_NAMES.filter(name => description.workflows[name] !== undefined);
  const asked = named === undefined ? there : [workflowOf(named)];
  const { listExecutions } = await import('../../lib/runtime/executions.ts');
  const found = await Promise.all(
    asked.map(async workflow =>
      (await listExecutions(workflows, arnOf(description, workflow), limit)).map(each => ({ workflow, ...each })),
    ),
  );
  const newest = found.flat().sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  session.emit({ executions: newest }, () => {
    if (newest.length === 0) return 'No executions yet.\n';
    const { style } = session;
    const paint = { SUCCEEDED: style.good, RUNNING: style.accent } as Record<string, (text: string) => string>;
    const rows = newest.map(({ workflow, name, status, startedAt, endedAt }) => [
      workflow,
      printable(name, 60),
      (paint[status] ?? style.bad)(status.toLowerCase().replaceAll('_', ' ')),
      relative(startedAt, session.now()),
      duration((endedAt === null ? session.now().getTime() : Date.parse(endedAt)) - Date.parse(startedAt)),
    ]);
    return renderTable(
      [
        { head: 'state machine' },
        { head: 'execution' },
        { head: 'state' },
        { head: 'started', right: true },
        { head: 'took', right: true, optional: true },
      ],
      rows,
      { style, columns: session.columns },
    );
  });
}

function list(session: Session): void {
  session.emit({ workflows: WORKFLOWS }, () => {
    const { style } = session;
    const lines = Object.entries<WorkflowFacts>(WORKFLOWS).map(
      ([name, { does, example }]) => `${style.bold(name)}\n  ${does}\n  ${style.dim(JSON.stringify(example))}\n`,
    );
    return `${lines.join('\n')}\n${plural(lines.length, 'state machine')}. Start one with  ${style.bold('holdfast --profile PROFILE start NAME')}\n`;
  });
}

function emitEnd(session: Session, execution: string, output: unknown): void {
  session.emit(
    { execution, output },
    () =>
      `${session.style.good('✓ Succeeded')}  ${session.style.dim(executionName(execution))}\n${JSON.stringify(output, null, 2)}\n`,
  );
}

function workflowOf(named: string): Workflow {
  const found = WORKFLOW_NAMES.find(name => name === named);
  if (found) return found;
  throw new InputError('usage', `There is no state machine ${JSON.stringify(named)}.`, {
    hint: `Choose one of ${WORKFLOW_NAMES.join(', ')}.`,
  });
}

function inputOf(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Rejected below.
  }
  throw new InputError('usage', 'The input is not a JSON object.', {
    hint: '`holdfast start` shows an example for each state machine.',
  });
}

/** InputError `usage` where no installation on AWS is named, or with --direct. */
export function remoteOf(session: Session): Remote {
  if (session.remote) return session.remote;
  throw new InputError('usage', 'This command requires an installation on AWS.', {
    hint: 'Add --profile PROFILE (without --direct), or --installation NAME if the credentials are in the environment.',
  });
}

async function executionOf(remote: Remote, named: string): Promise<string> {
  if (named.startsWith('arn:')) return named;
  const [workflow = '', name = ''] = named.split('/');
  const { description } = await remote.installation();
  return `${arnOf(description, workflowOf(workflow)).replace(':stateMachine:', ':execution:')}:${name}`;
}
