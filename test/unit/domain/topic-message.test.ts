/** What arrives at the topics becomes a notice, whatever it is: of the functions, of an alarm, of a rule, of anybody else. */
import type { PublishCommand } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { snsNotifier } from '../../../lib/aws/sns-notifier.ts';
import { toldByTopic } from '../../../lib/domain/topic-message.ts';

const AT = '2026-05-03T10:00:00.000Z';
const told = (text: string) => toldByTopic({ text, at: AT }, { name: 'holdfast', installation: 'an-installation' });
const known = { installation: 'an-installation', at: AT };

describe('what arrives at a topic', () => {
  it('is the notice that a function sent', async () => {
    const sent: string[] = [];
    const send = async ({ input }: PublishCommand) => void sent.push(input.Message!);
    const notifier = snsNotifier({
      client: { send } as never,
      installation: 'an-installation',
      topics: { alarm: 'a', info: 'i' },
      runbookUrl: 'https://wiki.example.com',
    });
    const notice = { severity: 'alarm', code: 'log-gap', message: 'A gap.', details: { tenant: 't1' } } as const;
    await notifier.notify(notice);
    await notifier.notify({ ...notice, details: { much: 'x'.repeat(300_000) } });
    const runbook = 'https://wiki.example.com/log-gap.md';
    expect(told(sent[0]!)).toEqual({ ...known, ...notice, runbook });
    const { details: _, ...short } = notice;
    expect(told(sent[1]!)).toEqual({ ...known, ...short, runbook });
  });

  it('is an alarm while CloudWatch says so, and a note once it has ended', () => {
    const AlarmDescription = 'Backups are late. What to do: https://wiki.example.com/backup-late.md';
    const state = (NewStateValue: string) =>
      told(JSON.stringify({ AlarmName: 'holdfast-backup-late', AlarmDescription, NewStateValue, Trigger: {} }));
    const runbook = 'https://wiki.example.com/backup-late.md';
    expect(state('ALARM')).toEqual({
      ...{ ...known, severity: 'alarm', code: 'backup-late', message: 'Backups are late.', runbook },
    });
    expect(state('OK')).toMatchObject({ severity: 'info', code: 'backup-late', runbook });
    expect(state('OK').message).toMatch(/^OK, no longer in alarm/);
  });

  it('is the text of a rule, called by its page', () => {
    const text =
      'Holdfast ALARM: DisableKey on a KMS key by ann. What to do: https://wiki.example.com/key-in-danger.md';
    const expected = {
      ...{ ...known, severity: 'alarm', code: 'key-in-danger', message: 'DisableKey on a KMS key by ann.' },
      runbook: 'https://wiki.example.com/key-in-danger.md',
    };
    expect(told(text)).toEqual(expected);
    expect(told(JSON.stringify(text))).toEqual(expected);
  });

  it.each(['', 'null', '{}', '[1]', '{"severity":"loud"}', 'anything', '{"AlarmName":1}'])(
    'is an alarm of an unknown kind where it is %j',
    text => {
      expect(told(text)).toEqual({ ...known, severity: 'alarm', code: 'unknown-notice', message: text });
    },
  );
});
