/**
 * Reports where nobody at a terminal signs: made in several calls they are those made in one; who can read and not sign gets
 * page and manifest as they were signed; what was changed since is refused; people are told a number and a place, and no name.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Remote } from '../../../../bin/aws/remote.ts';
import { remoteReport } from '../../../../bin/aws/remote-report.ts';
import { FACTS } from '../../../../lib/domain/evidence/facts.ts';
import { reportFactKey, reportFileKeys, reportKey } from '../../../../lib/domain/governance-key.ts';
import type { Report } from '../../../../lib/domain/report/report.ts';
import { defaultSettings } from '../../../../lib/domain/settings.ts';
import { announceReport } from '../../../../lib/operations/reporting/announce-report.ts';
import { buildReport, buildReportWithin } from '../../../../lib/operations/reporting/build-report.ts';
import { keptReportFiles, verifyReport } from '../../../../lib/operations/reporting/report-files.ts';
import { timeBudget } from '../../../../lib/operations/time-budget.ts';
import type { Notifier } from '../../../../lib/ports.ts';
import { deployedEvidence } from '../../../../lib/runtime/deployed-evidence.ts';
import { vaultLink } from '../../../../lib/runtime/vault-link.ts';
import { DAY, ReportedQuarter } from '../../../support/reported-quarter.ts';

const BEGIN = Date.parse('2026-01-28T00:00:00Z');
const KEYS = { mode: 'dedicated' as const, replicaRegions: [], roles: { breakGlass: 'a', destroyKeys: 'b' } };
const configuration = deployedEvidence({
  ...{ region: 'eu-central-1', otherVaults: [{ region: 'eu-west-1', bucket: 'b' }], keys: KEYS },
  ...{ retention: { ...defaultSettings().keep, recordDays: 30 } as never, approvals: { inPlace: 2, missingOnly: 1 } },
});
let quarter: ReportedQuarter;
beforeEach(async () => {
  quarter = await ReportedQuarter.open(11, BEGIN);
  for (let day = BEGIN; day < BEGIN + 5 * DAY; day += DAY) await quarter.liveDay(day);
});
afterEach(() => quarter.deps.dispose());

const asked = (kind: 'daily' | 'monthly') => ({
  ...{ kind, configuration, recordsFailures: true, hasRegion: true, lockDays: 30 },
  tierOf: () => 'standard' as const,
});
const retainUntil = new Date(BEGIN + 60 * DAY);

it('a report that takes many calls is the one that takes one, and looks for no fact twice', async () => {
  const alone = await ReportedQuarter.open(11, BEGIN);
  for (let day = BEGIN; day < BEGIN + 5 * DAY; day += DAY) await alone.liveDay(day);
  const { report: whole } = await buildReport(alone.deps, asked('monthly'));
  await alone.deps.dispose();
  let calls = 0;
  let made: Awaited<ReturnType<typeof buildReportWithin>>;
  while (made === undefined) {
    made = await buildReportWithin(quarter.deps, asked('monthly'), timeBudget(0));
    calls += 1;
  }
  // Locks are not looked for here.
  expect(calls).toBe(FACTS.length);
  const facts = ({ compliance }: Report) =>
    compliance!.filter(({ name }) => name !== 'objects-locked').map(({ name, shown }) => [name, shown]);
  expect(facts(made.report)).toEqual(facts(whole));
  for (const part of ['from', 'to', 'state', 'totals', 'previous', 'corrections'] as const)
    expect(made.report[part], part).toEqual(whole[part]);
});

it('a fact that was changed between two calls stops the report', async () => {
  expect(await buildReportWithin(quarter.deps, asked('monthly'), timeBudget(0))).toBeUndefined();
  const fact = reportFactKey(reportKey('monthly', '2026-01-01'), FACTS[0]!);
  await quarter.deps.tamper(fact, bytes => Buffer.from(bytes.toString().replace('shown', 'shOwn')));
  const again = buildReportWithin(quarter.deps, asked('monthly'), timeBudget(0));
  await expect(again).rejects.toMatchObject({ code: 'object-altered' });
});

it('who reads and cannot sign gets the files as they were signed, and no changed page', async () => {
  const kept = await buildReport(quarter.deps, asked('daily'));
  const made = await keptReportFiles(quarter.deps, kept, retainUntil);
  const { signer, vault } = quarter.deps;
  const reader = {
    vault,
    signer: { ...signer, verify: signer.verify.bind(signer), sign: () => Promise.reject(new Error('may not sign')) },
  };
  expect(await keptReportFiles(reader, kept, retainUntil)).toEqual(made);
  expect(verifyReport(made, await signer.publicKey())).toMatchObject({ ok: true, kind: 'daily' });
  await quarter.deps.tamper(reportFileKeys(kept.key).page, bytes => Buffer.from(`${bytes} `));
  await expect(keptReportFiles(reader, kept, retainUntil)).rejects.toMatchObject({ code: 'object-altered' });
});

it('files that a call left incomplete are completed by the next', async () => {
  const kept = await buildReport(quarter.deps, asked('daily'));
  const { vault, signer } = quarter.deps;
  await vault.put(reportFileKeys(kept.key).page, Buffer.from('<p>as it was made</p>'), { retainUntil });
  const files = await keptReportFiles(quarter.deps, kept, retainUntil);
  expect(files.get('index.html')!.toString()).toBe('<p>as it was made</p>');
  expect(verifyReport(files, await signer.publicKey()).ok).toBe(true);
});

it('the command reads a report that is kept, and has another one made by the state machine', async () => {
  const started: unknown[] = [];
  const remote = {
    run: async (workflow: string, input: object) => {
      started.push({ workflow, ...input });
      const made = await buildReport(quarter.deps, { ...asked('daily'), ...periodIn(input) });
      return { execution: 'e', output: { done: true, key: made.key } };
    },
  } as unknown as Remote;
  const now = quarter.deps.clock.now();
  const first = await remoteReport(quarter.deps, remote, { kind: 'daily', period: undefined, now });
  expect(started).toEqual([{ workflow: 'build-report', kind: 'daily' }]);
  expect(await remoteReport(quarter.deps, remote, { kind: 'daily', period: undefined, now })).toEqual(first);
  expect(started).toHaveLength(1);
  const period = { from: '2026-01-29', to: '2026-01-31' };
  const other = await remoteReport(quarter.deps, remote, { kind: 'daily', period, now });
  expect([other.report.from, other.report.to, started.length]).toEqual(['2026-01-29', '2026-01-31', 2]);
});

function periodIn(input: object) {
  const { from, to } = input as { from?: string; to?: string };
  return from === undefined || to === undefined ? {} : { period: { from, to } };
}

it('the notice has numbers and a link to the page, and no tenant', async () => {
  const told: Parameters<Notifier['notify']>[0][] = [];
  const kept = await buildReport(quarter.deps, asked('daily'));
  const notifier: Notifier = { notify: async notice => void told.push(notice) };
  await announceReport({ notifier }, kept, vaultLink({ bucket: 'shop-vault', region: 'eu-central-1' }));
  expect(told).toMatchObject([{ severity: 'info', code: 'report-made' }]);
  expect(told[0]!.details).toMatchObject({
    page: expect.stringMatching(
      /^https:\/\/eu-central-1\.console\.aws\.amazon\.com\/s3\/object\/shop-vault\?.*daily%2F2026-02-01\.html$/,
    ),
  });
  for (const { ref, name } of quarter.tenants) expect(JSON.stringify(told)).not.toMatch(new RegExp(`${ref}|${name}`));
});
