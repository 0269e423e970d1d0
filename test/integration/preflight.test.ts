/** One look at an installation shows all of its problems, and none of them is an error of the look itself. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageError } from '../../lib/domain/errors.ts';
import { digestKeyKey } from '../../lib/domain/object-key.ts';
import { SYSTEM } from '../../lib/domain/tenant.ts';
import { type PreflightSubject, preflight } from '../../lib/operations/fleet/preflight.ts';
import { doctorFix } from '../../lib/operations/model/doctor-fix.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

const SECRET = 'hunter2-in-a-message';

describe('the preflight', () => {
  let log: LogFixture;
  beforeEach(async () => {
    log = await logFixture(18);
  });
  afterEach(() => log?.dispose());

  const examined = (change: Partial<PreflightSubject> = {}): PreflightSubject => ({
    services: [{ name: 'kms', reached: async () => true }],
    openStorage: async () => log.ctx,
    openSource: async () => log.ctx,
    concurrency: { left: 900, used: 40 },
    tls: false,
    ...change,
  });
  const errorsOf = async (change: Partial<PreflightSubject> = {}) =>
    (await preflight(examined(change))).findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);

  it('has no errors in an installation that is ready, tells people so, and leaves the system’s key under its lock', async () => {
    await doctorFix(log.ctx);
    expect(await errorsOf()).toEqual([]);
    expect(log.deps.notices.at(-1)).toMatchObject({ severity: 'info', code: 'preflight' });
    const stored = await log.deps.vault.head(digestKeyKey(SYSTEM));
    expect(stored!.retainUntil.getTime()).toBeGreaterThan(Date.now());
    expect(await errorsOf()).toEqual([]);
  });

  it('reports what the doctor finds in the database, and raises an alarm', async () => {
    await log.sql('ALTER TABLE weak REPLICA IDENTITY NOTHING');
    const codes = await errorsOf();
    expect(codes).toContain('slot-missing');
    expect(log.deps.notices.at(-1)).toMatchObject({ severity: 'alarm', code: 'preflight' });
  });

  it('finds everything that is broken at once, and quotes no error that is not ours', async () => {
    const broken = await preflight(
      examined({
        services: ['kms', 'sns'].map(name => ({ name, reached: async () => false })),
        openStorage: async () => {
          throw new Error(SECRET);
        },
        openSource: async () => ({ ...log.ctx, source: { url: `postgres://u:${SECRET}@127.0.0.1:1/none` } }),
        concurrency: { left: 10, used: 40 },
      }),
    );
    expect(broken.ok).toBe(false);
    expect(broken.findings.map(({ code }) => code)).toEqual([
      ...['endpoint-unreachable', 'endpoint-unreachable', 'storage-closed', 'database-closed'],
      'few-concurrent-executions',
    ]);
    expect(JSON.stringify(broken)).not.toContain(SECRET);
  });

  it('finds a vault that loses locks, one that refuses writes, and notices that nobody gets', async () => {
    const { vault, notifier } = log.ctx;
    const unlocked = {
      ...vault,
      head: async (key: string) => {
        const stored = await vault.head(key);
        return stored && { ...stored, retainUntil: new Date(0) };
      },
    };
    expect(await errorsOf({ openStorage: async () => ({ ...log.ctx, vault: unlocked }) })).toContain('not-locked');
    const refuse = async () => {
      throw new StorageError('access-denied', 'refused', { hint: 'ask' });
    };
    const mute = { ...log.ctx, notifier: { ...notifier, notify: refuse }, signer: { ...log.ctx.signer, sign: refuse } };
    const codes = await errorsOf({ openStorage: async () => mute });
    expect(codes).toEqual(expect.arrayContaining(['no-notices', 'cannot-sign']));
  });

  it('says that limits are unknown, and that an unencrypted session is an error where TLS is on', async () => {
    await doctorFix(log.ctx);
    const { findings } = await preflight(examined({ concurrency: { left: null, used: 40 }, tls: true }));
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['limits-unknown']));
    expect(findings[0]).toMatchObject({ code: 'without-tls', severity: 'error' });
  });
});
