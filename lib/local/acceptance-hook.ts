/**
 * The HTTP hook of a team's acceptance check. Invariant: the request carries no credentials, and of the answer only names
 * and verdicts are used.
 */
import * as z from 'zod';
import { InputError } from '../domain/errors.ts';

const LIMIT_MS = 15 * 60 * 1000;
const LONGEST_ANSWER = 1024 * 1024;

const Answer = z.object({
  checks: z
    .array(z.object({ check: z.string().min(1).max(200), ok: z.boolean() }))
    .min(1)
    .max(1000),
});

/** POSTs the request as JSON and returns the checks of the answer. InputError `acceptance-failed`, also after `limitMs`. */
export async function callAcceptanceHook(
  url: string,
  request: unknown,
  limitMs = LIMIT_MS,
): Promise<readonly { readonly check: string; readonly ok: boolean }[]> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      redirect: 'error',
      signal: AbortSignal.timeout(limitMs),
    });
    text = await response.text();
  } catch (cause) {
    throw noVerdict('it did not answer', cause);
  }
  if (!response.ok) throw noVerdict(`it answered with status ${response.status}`);
  const { data } = Answer.safeParse(text.length > LONGEST_ANSWER ? undefined : parsed(text));
  if (data === undefined) throw noVerdict('its answer is not {"checks": [{"check": "…", "ok": true}]}');
  return data.checks;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noVerdict(why: string, cause?: unknown): InputError {
  return new InputError('acceptance-failed', `The acceptance hook did not give a verdict: ${why}.`, {
    hint: 'docs/drills.md shows what is sent and what is expected.',
    cause,
  });
}
