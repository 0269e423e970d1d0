/**
 * The container of a restore that is too long for a function: the function's own handler, called once, with the answer
 * sent to the step that waits for it (lib/runtime/task-answer.ts).
 */
import { handler } from '../lambdas/apply-restore.ts';
import { readFunctionConfig, readRestoreTaskInput } from '../lib/runtime/config.ts';
import { answerStep, openTaskAnswer, refuseStep } from '../lib/runtime/task-answer.ts';

const { token, ...preview } = readRestoreTaskInput();
const { name, region } = readFunctionConfig();
const answer = openTaskAnswer(region, token, code => process.exit(code));

/** What Lambda would tell the handler about its call: there is no limit here but that of the state machine. */
const context = {
  ...{ functionName: `${name}-apply-long-restore`, functionVersion: 'task', invokedFunctionArn: 'task' },
  ...{ memoryLimitInMB: '0', awsRequestId: preview.id, logGroupName: 'task', logStreamName: 'task' },
  ...{ callbackWaitsForEmptyEventLoop: false, getRemainingTimeInMillis: () => 3_600_000 },
  ...{ done: () => {}, fail: () => {}, succeed: () => {} },
};

process.once('SIGTERM', () => void refuseStep(answer));
await answerStep(answer, () => handler({ preview }, context));
