/**
 * What arrives at the topics of an installation on AWS, as a notice: notices of the functions (aws/sns-notifier.ts), states
 * of CloudWatch alarms, and the text of rules on CloudTrail events. Invariant: whatever else arrives is a notice too.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 */
import * as z from 'zod';
import type { Told } from './chat-message.ts';

const Severity = z.enum(['info', 'alarm']);
const Notice = z.object({
  severity: Severity,
  code: z.string(),
  message: z.string(),
  runbook: z.string().optional(),
  /** A text where they were too long for the topic. */
  details: z.union([z.record(z.string(), z.unknown()), z.string()]).optional(),
});
const AlarmState = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string().nullish(),
  NewStateValue: z.string(),
});

export interface Published {
  readonly text: string;
  /** ISO 8601 UTC: when it was published, whenever it arrives. */
  readonly at: string;
}

/** `name`: of the deployment, with which the names of its alarms begin. */
export function toldByTopic(
  { text, at }: Published,
  { name, installation }: { readonly name: string; readonly installation: string },
): Told {
  const value = jsonIn(text);
  const known = { installation, at };
  const notice = Notice.safeParse(value).data;
  if (notice !== undefined) return { ...known, ...noticeOf(notice) };
  const state = AlarmState.safeParse(value).data;
  return { ...known, ...(state === undefined ? textOf(text) : alarmOf(state, name)) };
}

type Content = Omit<Told, 'installation' | 'at'>;

function noticeOf({ severity, code, message, runbook, details }: z.infer<typeof Notice>): Content {
  return {
    ...{ severity, code, message },
    ...(typeof details === 'object' && { details }),
    ...(runbook !== undefined && { runbook }),
  };
}

/** An alarm that ended is no alarm. */
function alarmOf({ AlarmName, AlarmDescription, NewStateValue }: z.infer<typeof AlarmState>, name: string): Content {
  const code = AlarmName.startsWith(`${name}-`) ? AlarmName.slice(name.length + 1) : AlarmName;
  const { message, runbook } = withoutLink(AlarmDescription ?? AlarmName);
  const isRaised = NewStateValue === 'ALARM';
  return {
    ...{ severity: isRaised ? 'alarm' : 'info', code },
    message: isRaised ? message : `${NewStateValue}, no longer in alarm. The alarm was: ${message}`,
    ...(NewStateValue === 'OK' && { ended: true }),
    ...(runbook !== undefined && { runbook }),
  };
}

/** Of a rule: it leads to a page of the runbook, by which it is called. */
function textOf(text: string): Content {
  const { message, runbook } = withoutLink(text.replace(/^"(.*)"$/s, '$1').replace(/^Holdfast ALARM: /, ''));
  const page = runbook === undefined ? undefined : /([a-z-]+)\.md$/.exec(runbook)?.[1];
  return { severity: 'alarm', code: page ?? 'unknown-notice', message, ...(runbook !== undefined && { runbook }) };
}

function withoutLink(text: string): { message: string; runbook?: string } {
  const [, message, runbook] = /^(.*?)\s*What to do: (https?:\/\/\S+)\s*$/s.exec(text) ?? [];
  return message === undefined || runbook === undefined ? { message: text.trim() } : { message, runbook };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
