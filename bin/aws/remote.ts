/**
 * Work on AWS that the command line follows: starts a state machine, shows its steps and returns its output. Ctrl-C stops
 * following, never the execution.
 */
import { InputError } from '../../lib/domain/errors.ts';
import type { Installation } from '../../lib/domain/installation.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { APPROVAL_STEP, type Workflow } from '../../lib/domain/workflows.ts';
import type { ExecutionStep } from '../../lib/runtime/executions.ts';
import type { DeployedInstallation, InstallationAddress } from '../../lib/runtime/installation.ts';
import { duration } from '../terminal/format.ts';
import type { Session } from '../terminal/session.ts';

export interface Remote {
  installation(): Promise<DeployedInstallation>;
  /** Starts an execution and returns its ARN; a restore is requested in the name of the caller. */
  start(workflow: Workflow, input: object): Promise<string>;
  /** Starts an execution and follows it until it ends. */
  run(workflow: Workflow, input: object, hooks?: FollowHooks): Promise<Finished>;
  /** Follows an execution, running or ended, by its ARN. */
  follow(execution: string, hooks?: FollowHooks): Promise<Finished>;
  /** A command line for the same installation: `holdfast --profile … WORDS`. */
  command(words: string): string;
}

export interface FollowHooks {
  /** Called while the execution waits for approval, until it returns true: the person has been informed. */
  readonly onApproval?: () => Promise<boolean>;
  /** What a distributed map is over. @default 'shards' */
  readonly unit?: string;
}

export interface Finished {
  /** ARN. */
  readonly execution: string;
  /** The output of the state machine, unchanged. */
  readonly output: unknown;
}

export function openRemote(
  session: Session,
  installation: () => Promise<DeployedInstallation>,
  address: InstallationAddress,
): Remote {
  const remote: Remote = {
    installation,
    async start(workflow, input) {
      const deployed = await installation();
      const arn = arnOf(deployed.description, workflow);
      if (workflow === 'restore-tenant' || workflow === 'restore-tenants') {
        const { sendRequest } = await import('../../lib/runtime/request-call.ts');
        return sendRequest(deployed, input, workflow);
      }
      const { startExecution } = await import('../../lib/runtime/executions.ts');
      return startExecution(deployed.workflows, arn, input);
    },
    async run(workflow, input, hooks = {}) {
      const execution = await remote.start(workflow, input);
      session.remark(session.style.dim(`Started ${workflow}, execution ${executionName(execution)}`));
      return remote.follow(execution, hooks);
    },
    async follow(execution, hooks = {}) {
      const { followExecution } = await import('../../lib/runtime/executions.ts');
      const { workflows } = await installation();
      const stop = new AbortController();
      session.onStop(() => stop.abort(stillRunning(remote.command(`follow ${shellWord(execution)}`))));
      const output = await followExecution(workflows, execution, {
        onStep: watcher(session, hooks),
        signal: stop.signal,
      });
      return { execution, output };
    },
    command(words) {
      const { name, profile, region } = address;
      const options = [
        ...(profile === undefined ? [] : ['--profile', profile]),
        ...(profile === undefined || name !== 'holdfast' ? ['--installation', name] : []),
        ...(region === undefined ? [] : ['--region', region]),
      ];
      return ['holdfast', ...options.map(shellWord), words].join(' ');
    },
  };
  return remote;
}

/** InputError `not-here`: the standby region only restores. */
export function arnOf({ workflows, functions }: Installation, workflow: Workflow): string {
  const arn = workflows[workflow];
  if (arn !== undefined) return arn;
  throw new InputError('not-here', `There is no ${workflow} in ${functions.region}: it is the standby region.`, {
    hint: 'Name the primary region with --region.',
  });
}

/** The last part of the ARN. */
export function executionName(execution: string): string {
  return execution.slice(execution.lastIndexOf(':') + 1);
}

/** A terminal shows one line that is redrawn; a log gets each step once. */
function watcher(
  session: Session,
  { onApproval, unit = 'shards' }: FollowHooks,
): (step: ExecutionStep) => Promise<void> {
  let since = session.now().getTime();
  let informed = false;
  return async ({ step, entered, shards }) => {
    const now = session.now().getTime();
    if (entered.length > 0) since = now;
    for (const name of session.interactive ? [] : entered) session.remark(`… ${name}`);
    if (step !== APPROVAL_STEP) informed = false;
    // The approval exists a moment after the step was entered.
    else if (!informed) informed = (await onApproval?.()) ?? true;
    const failed = shards?.failed ? `, ${shards.failed} failed` : '';
    const message = `${step}${failed}  ${duration(now - since)}`;
    session.ports.progress({
      step: `execution.${step}`,
      message,
      ...(shards && { done: shards.done, total: shards.total, unit }),
    });
  };
}

function stillRunning(command: string): InputError {
  return new InputError('still-running', 'Stopped watching; the execution is still running.', {
    hint: `Follow it again with  ${command}`,
  });
}
