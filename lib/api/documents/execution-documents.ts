/** Long work that was begun through the API, as whoever follows it sees it. */
import * as z from 'zod';
import { Problem } from '../problem.ts';

export const ExecutionShown = z.object({
  ...{ id: z.string(), tenant: z.string(), work: z.string().describe('What it does, such as `preview`.') },
  ...{ startedBy: z.string(), startedAt: z.string(), endedAt: z.string().nullable() },
  state: z.enum(['running', 'done', 'failed']),
  progress: z
    .array(
      z.object({
        ...{ step: z.string(), message: z.string() },
        ...{ done: z.number().optional(), total: z.number().optional(), unit: z.string().optional() },
      }),
    )
    .describe('The newest first; one for each step.'),
  result: z.record(z.string(), z.unknown()).nullable().describe('Null until it is done.'),
  problem: Problem.nullable(),
});
