/** Every notice is an event, and what customers are told says nothing of the inside. */
import { describe, expect, it } from 'vitest';
import { customerMail } from '../../../lib/domain/email-message.ts';
import { eventOf, HoldfastEvent, toldOfEvent } from '../../../lib/domain/event.ts';
import { NOTICE_PAGES } from '../../../lib/domain/runbook.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';

const AT = '2026-05-03T10:00:00.000Z';
const TENANT = tenantRef('an-installation', tenantId('acme'));
const CODES = Object.keys(NOTICE_PAGES);

const noticed = (code: string, severity: 'info' | 'alarm' = 'alarm', details: object = { tenant: TENANT }) =>
  eventOf({ installation: 'an-installation', severity, code, message: 'hushhush', details: { ...details }, at: AT });

describe('an event', () => {
  it.each(CODES)('is made of the notice %s, by its schema, and back', code => {
    for (const severity of ['info', 'alarm'] as const) {
      const event = noticed(code, severity);
      expect(HoldfastEvent.parse(event)).toEqual(event);
      expect(event.severity === 'info').toBe(severity === 'info');
      expect(toldOfEvent(event)).toMatchObject({ severity, code, message: 'hushhush', at: AT });
    }
  });

  it('of an alarm of CloudWatch is what its page in the runbook is about', () => {
    const alarm = { installation: 'i', severity: 'alarm', message: 'Late.', at: AT } as const;
    const late = { ...alarm, code: 'recovery-point-gold', runbook: 'https://x/recovery-point-objective.md' };
    expect(eventOf(late)).toMatchObject({ kind: 'backup-late', severity: 'critical', tenant: null });
    // Whatever else arrives is treated like damage: a person looks.
    expect(eventOf({ ...alarm, code: 'unknown-notice' })).toMatchObject({ kind: 'integrity', severity: 'critical' });
  });

  it('has one key for its repeats, and each request its own', () => {
    expect(noticed('log-gap').key).toBe(noticed('log-gap').key);
    expect(noticed('log-gap').key).not.toBe(noticed('log-gap', 'info').key);
    const wanted = (id: string) => noticed('approval-wanted', 'info', { tenant: TENANT, id }).key;
    expect(wanted('a')).not.toBe(wanted('b'));
  });
});

describe('a customer', () => {
  const told = CODES.filter(code => noticed(code).customer !== null);

  it('hears of restores, backups and accidents of theirs, and of nothing else', () => {
    expect(told.sort()).toEqual([
      ...['backup-failed', 'possible-accident', 'restore-began', 'restore-ended', 'restore-failed', 'snapshot-failed'],
    ]);
    expect(noticed('restore-began', 'info', {}).customer).toBeNull();
    expect(noticed('restore-began', 'info', { tenant: 'unknown' }).customer).toBeNull();
  });

  it.each(told)('reads nothing of the notice %s but that it happened, when and how often', code => {
    const { subject, text, html } = customerMail(['a@example.com'], { event: noticed(code), count: 3, since: AT });
    const said = `${subject}\n${text}\n${html}`;
    for (const inside of ['hushhush', TENANT, 'an-installation', code]) expect(said).not.toContain(inside);
    expect(text).toContain('3 times since 2026-05-03 10:00 UTC');
  });
});
