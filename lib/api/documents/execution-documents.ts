/** The document of an execution: long work that a request began, and that others follow. */
import * as z from 'zod';
import { Problem } from '../problem.ts';

export const ExecutionDocument = z.object({
  ...{ id: z.string(), tenant: z.string(), work: z.string(), startedBy: z.string(), startedAt: z.string() },
  state: z.enum(['running', 'done', 'failed']),
  endedAt: z.string().nullable(),
  progress: z.array(z.looseObject({ step: z.string(), message: z.string() })).describe('The newest first.'),
  result: z.unknown().describe('By the route that began it; null until it is done.'),
  problem: Problem.nullable(),
});
