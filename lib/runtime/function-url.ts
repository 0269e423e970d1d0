/**
 * A function behind a URL that admits only IAM identities: who calls is what IAM authenticated, never what the body
 * says. Refusals are answers with a code and a hint; only faults are errors of the function.
 */
import * as z from 'zod';
import { personOfCaller } from '../domain/caller.ts';
import { ERROR_KINDS } from '../domain/error-kind.ts';
import { HoldfastError, IntegrityError } from '../domain/errors.ts';
import type { FunctionTools, StorageContext } from './function-handler.ts';

/** The parts of a function URL's event that are used. */
export const UrlEvent = z.object({
  requestContext: z.object({
    authorizer: z.object({ iam: z.object({ userArn: z.string().min(1) }) }),
    http: z.object({ sourceIp: z.string() }).optional(),
  }),
  body: z.string(),
  isBase64Encoded: z.boolean().default(false),
});
export type UrlEvent = z.infer<typeof UrlEvent>;

export interface UrlWork {
  /** Gets the person's ARN and the body's JSON, undefined if it is none. */
  readonly work: (person: string, body: unknown) => Promise<unknown>;
  /** Records that a caller whom IAM admits is no person. */
  readonly refused: (arn: string, error: HoldfastError) => Promise<unknown>;
}

/** Answers with the result, or with the refusal. */
export async function answerCaller(
  event: UrlEvent,
  { aws, count }: FunctionTools<StorageContext>,
  { work, refused }: UrlWork,
) {
  try {
    const person = await personOf(event, aws.config.people.pinnedRoles, refused);
    return answer(200, await work(person, bodyOf(event)));
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.retry === 'auto') throw error;
    // An answer is no failure of the function: what alarms is counted here.
    if (error instanceof IntegrityError) count('IntegrityFailures', 1);
    const { kind, code, message, hint } = error;
    return answer(ERROR_KINDS[kind].httpStatus, { kind, code, message, hint });
  }
}

async function personOf(event: UrlEvent, pinnedRoles: readonly string[], refused: UrlWork['refused']): Promise<string> {
  const { userArn } = event.requestContext.authorizer.iam;
  try {
    return personOfCaller(userArn, pinnedRoles);
  } catch (error) {
    if (error instanceof HoldfastError) await refused(userArn, error);
    throw error;
  }
}

function bodyOf({ body, isBase64Encoded }: UrlEvent): unknown {
  try {
    return JSON.parse(isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body);
  } catch {
    return undefined;
  }
}

function answer(statusCode: number, body: unknown) {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
