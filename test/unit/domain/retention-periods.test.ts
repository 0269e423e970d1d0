/** Retention is one object: in the settings, in the function configuration, per tenant and for locks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReasonRetention } from '../../../lib/domain/backup-reason.ts';
import { FunctionConfig } from '../../../lib/domain/function-config.ts';
import {
  lockDays,
  Retention,
  RetentionPolicy,
  RetentionSetting,
  TenantRetention,
} from '../../../lib/domain/retention.ts';
import { Settings } from '../../../lib/domain/settings.ts';

const { recordDays: _, ...byDefault } = RetentionSetting.parse({});

describe('the periods of retention', () => {
  it('are the same in the deployment, the function configuration and holdfast.yaml', () => {
    expect(Object.keys(RetentionSetting.shape)).toEqual(Object.keys(Retention.shape));
    expect(Retention.parse(RetentionSetting.parse({}))).toEqual(RetentionSetting.parse({}));
    expect(FunctionConfig.shape.retention).toBe(Retention);
    expect(Settings.parse({}).keep).toEqual({ ...byDefault, reasons: ReasonRetention.parse({}) });
    expect(RetentionPolicy.parse(byDefault)).toEqual(byDefault);
  });

  it('differ for a tenant only if it has its own', () => {
    expect(Object.keys(TenantRetention.shape)).toEqual(Object.keys(RetentionPolicy.shape));
    expect(TenantRetention.parse({})).toEqual({});
    expect({ ...byDefault, ...TenantRetention.parse({ logDays: 7 }) }).toEqual({ ...byDefault, logDays: 7 });
  });

  it('are integers of at least one day: nothing is stored unlocked', () => {
    for (const days of [0, -1, 1.5])
      expect(RetentionPolicy.safeParse({ ...byDefault, logDays: days }).success).toBe(false);
  });

  it('lock the log for longer than the window, since replay starts before the window', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 36_500 }), logDays => {
        const days = lockDays({ ...RetentionSetting.parse({}), logDays });
        expect(days.log).toBeGreaterThan(logDays);
        expect(days.incremental).toBe(days.log);
      }),
    );
  });
});
