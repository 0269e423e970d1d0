/** What the API asks of the state machine for restores, and of those who wait for a decision (api/on-aws/). */
import type { DeployedRestores } from '../api/on-aws/deployed-restores.ts';
import { maySignInTwice } from '../domain/sign-in-realm.ts';
import { decideWaiting } from './approve.ts';
import { readExecution } from './executions.ts';
import type { FunctionTools, StorageContext } from './function-handler.ts';
import { askRestore } from './request-restore.ts';
import { executionArn } from './workflows.ts';

export function deployedRestores(tools: Pick<FunctionTools<StorageContext>, 'ctx' | 'aws'>): DeployedRestores {
  const { config, operations, workflows } = tools.aws;
  const executions = executionArn(config.workflows.restoreTenant, '');
  return {
    async start({ principal, name: id, input }) {
      await askRestore(tools, { principal, id, workflow: 'restore-tenant', input });
    },
    async find(named) {
      const arn = named.startsWith('arn:') ? named : `${executions}${named}`;
      // The catalog says which execution asked: no other machine's is looked at.
      if (!arn.startsWith(executions)) return undefined;
      const found = await readExecution(workflows, arn);
      return found && { ...found, name: arn.slice(executions.length) };
    },
    async decide(decision) {
      await decideWaiting(tools, decision);
    },
    maySignInAs: (principal, name) => maySignInTwice(principal.name, name, operations.console?.self?.issuer),
    approvals: config.approvals,
    approvalHours: config.approvalHours,
    model: tools.ctx.model,
  };
}
