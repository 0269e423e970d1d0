/**
 * Makes a report of a period, signs it and keeps it with its page, and tells people where it is. It reads what auditors read,
 * and can store reports and nothing else.
 */
import * as z from 'zod';
import { DAY_MS } from '../lib/domain/daily-share.ts';
import { Day, REPORT_KINDS, startOfDay } from '../lib/domain/report/period.ts';
import { announceReport } from '../lib/operations/reporting/announce-report.ts';
import { buildReportWithin } from '../lib/operations/reporting/build-report.ts';
import { keptReportFiles } from '../lib/operations/reporting/report-files.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { deployedEvidence } from '../lib/runtime/deployed-evidence.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { vaultLink } from '../lib/runtime/vault-link.ts';

const Event = z.object({
  /** Of the execution. `from` and `to` for another period than the last complete one of the kind. */
  input: z
    .object({ kind: z.enum(REPORT_KINDS), from: Day.optional(), to: Day.optional() })
    .refine(({ from, to }) => (from === undefined) === (to === undefined), 'from and to belong together'),
});

export const handler = storageHandler(Event, async ({ input: { kind, from, to } }, { ctx, aws, count, once }) => {
  const { config, operations } = aws;
  const policies = await aws.allPolicies();
  const { recordDays: lockDays } = config.retention;
  const asked = {
    ...{ kind, lockDays, recordsFailures: true, hasRegion: config.otherVaults.length > 0 },
    ...(from !== undefined && to !== undefined && { period: { from, to } }),
    ...{ configuration: deployedEvidence(config), tierOf: (tenant: string) => policies(tenant).tier },
  };
  const kept = await buildReportWithin(ctx, asked, timeBudget(ctx.settings.stepBudgetMs));
  if (kept === undefined) return { done: false };
  const now = ctx.clock.now().getTime();
  await keptReportFiles(ctx, kept, new Date(now + lockDays * DAY_MS));
  // Told once for each report, however often it is asked for.
  if (operations.reports?.notices.includes(kind))
    await once('announce-report', [kept.key], () => announceReport(ctx, kept, vaultLink(config)));
  if (kind === 'daily' && from === undefined) count('DailyReportAge', (now - startOfDay(kept.report.to)) / 1000);
  return { done: true, key: kept.key, from: kept.report.from, to: kept.report.to };
});
