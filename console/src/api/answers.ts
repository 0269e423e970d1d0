/** Types of what the API answers, by path. */
import type { paths } from './paths.ts';

/** Of a read. */
export type AnswerOf<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { 'application/json': infer A } } } };
}
  ? A
  : never;
