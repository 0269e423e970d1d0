/** JSON documents of long work that was begun through the API, and is followed. */
import * as z from 'zod';
import { Problem } from '../problem.ts';

const Step = z.object({
  ...{ step: z.string(), message: z.string() },
  ...{ done: z.number().optional(), total: z.number().optional(), unit: z.string().optional() },
});

export const ExecutionShown = z.object({
  ...{ id: z.string(), tenant: z.string().describe('A reference; `system`: of the installation.') },
  work: z.string().describe('What it does, such as `snapshot`.'),
  ...{ startedBy: z.string(), startedAt: z.string(), endedAt: z.string().nullable() },
  state: z.enum(['running', 'done', 'failed']),
  progress: z.array(Step).describe('The newest first; one for each step.'),
  result: z.unknown().describe('By the kind of work; null until it is done.'),
  problem: Problem.nullable(),
});
