/**
 * Signed reports: those that are kept, one of them with its files, another one, and whether a folder that somebody was sent
 * is genuine. Invariant: a report with facts for audits is opened only by who may export evidence, and each time is in the
 * audit trail.
 */
import * as z from 'zod';
import { InputError } from '../../domain/errors.ts';
import { reportKey, reportNameOf } from '../../domain/governance-key.ts';
import type { Permission } from '../../domain/permission.ts';
import { PeriodTotals } from '../../domain/report/day-totals.ts';
import { Day, dayOfTime, REPORT_KINDS, type ReportKind } from '../../domain/report/period.ts';
import { Report } from '../../domain/report/report.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import { draftOf, recordingDenials, requirePermitted } from '../../operations/governance/audit.ts';
import { buildReport } from '../../operations/reporting/build-report.ts';
import { findReport, type KeptReport, reportKeys } from '../../operations/reporting/kept-reports.ts';
import { makeReportFiles, verifyReport } from '../../operations/reporting/report-files.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { VerifiedReport } from '../documents/report-documents.ts';
import { NextPage, PageAsked, pageOf } from '../paging.ts';
import { type ApiCall, route } from '../route.ts';

const SEES = { permission: 'seeStatus', on: 'installation' } as const;
const group = 'reports';
const Kind = z.enum(REPORT_KINDS);

/** As the commands of the same names: longer ones have facts for audits. */
const PERMISSIONS: Readonly<Record<ReportKind, Permission>> = {
  ...{ daily: 'seeStatus', weekly: 'seeStatus' },
  ...{ monthly: 'exportEvidence', quarterly: 'exportEvidence', yearly: 'exportEvidence' },
};

/** InputError `not-permitted`. */
async function permitReport({ deps, principal }: Pick<ApiCall, 'deps' | 'principal'>, kind: ReportKind, route: string) {
  const { recording } = deps;
  const attempt = { principal, permission: PERMISSIONS[kind], tenant: SYSTEM };
  const policies = await recordingDenials(recording, attempt, () => requirePermitted(recording, attempt));
  if (attempt.permission === 'exportEvidence')
    await recording.record(SYSTEM, draftOf(attempt, 'allowed', { policies, details: { route, kind } }));
}

const ReportBrief = z.object({
  ...{ kind: Kind, name: z.string().describe('With the kind, its address.') },
  ...{ from: z.string(), to: z.string(), at: z.string(), complete: z.boolean() },
  totals: PeriodTotals,
});

/** Each is opened and verified: a page is short. */
const MOST_LISTED = 50;

const listReports = route(
  {
    ...{ id: 'listReports', method: 'get', path: '/reports', group, needs: SEES },
    summary: 'Reports of one kind, the newest period first',
    query: PageAsked.extend({
      kind: Kind.default('daily'),
      limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(14),
    }),
    answer: z.object({
      reports: z.array(ReportBrief),
      altered: z.array(z.string()).describe('Keys of reports on this page that do not verify.'),
      next: NextPage,
    }),
  },
  async ({ deps, query }) => {
    const { items, next } = pageOf(await reportKeys(deps.storage, query.kind), query, key => key);
    const opened = await Promise.all(items.map(async key => ({ key, report: await openedReport(deps, key) })));
    return {
      reports: opened.flatMap(({ key, report }) => {
        if (report === undefined) return [];
        const { kind, from, to, at, complete, totals } = report;
        return [{ kind, name: reportNameOf(key)!, from, to, at, complete, totals }];
      }),
      altered: opened.flatMap(({ key, report }) => (report === undefined ? [key] : [])),
      next,
    };
  },
);

async function openedReport(deps: ApiCall['deps'], key: string): Promise<Report | undefined> {
  const kept = await findReport(deps.storage, key).catch(error => {
    if (error.code === 'object-altered') return undefined;
    throw error;
  });
  return kept?.report;
}

const Found = { needs: 'operation', method: 'get', group } as const;

const seeReport = route(
  {
    ...{ ...Found, id: 'readReport', path: '/reports/{kind}/{name}', summary: 'One report; its signature is verified' },
    answer: z.object({ key: z.string().describe('Where it is kept in the vault.'), report: Report }),
  },
  async asked => {
    const { key, report } = await foundReport(asked, 'readReport');
    return { key, report };
  },
);

const TYPES: Readonly<Record<string, string>> = { 'index.html': 'text/html' };

const seeReportFiles = route(
  {
    ...{ ...Found, id: 'readReportFiles', path: '/reports/{kind}/{name}/files' },
    summary: 'Its page for people, its JSON and the signed manifest of both, as `report --out` writes them',
    answer: z.object({ files: z.array(z.object({ name: z.string(), type: z.string(), text: z.string() })) }),
  },
  async asked => {
    const files = await makeReportFiles(asked.deps.storage, await foundReport(asked, 'readReportFiles'));
    return {
      files: [...files].map(([name, bytes]) => ({
        ...{ name, type: TYPES[name] ?? 'application/json', text: bytes.toString('utf8') },
      })),
    };
  },
);

/** InputError `unknown-report`, `not-permitted`; IntegrityError `object-altered`. */
async function foundReport(asked: ApiCall, route: string): Promise<KeptReport> {
  const kind = Kind.safeParse(asked.path.kind).data;
  if (kind === undefined) throw unknownReport();
  await permitReport(asked, kind, route);
  const key = reportKey(kind, asked.path.name!);
  const kept = reportNameOf(key) === undefined ? undefined : await findReport(asked.deps.storage, key);
  if (kept) return kept;
  throw unknownReport();
}

function unknownReport(): InputError {
  return new InputError('unknown-report', 'There is no such report.', { hint: 'GET /reports lists them.' });
}

const ReportOrder = z.strictObject({
  kind: Kind,
  from: Day.optional().describe('First day, in UTC. Default: the last complete period of the kind.'),
  to: Day.optional().describe('Day after the last. Default: today.'),
});

const startReport = route(
  {
    ...{ id: 'startReport', method: 'post', path: '/reports', group, status: 202, answer: ExecutionShown },
    ...{ summary: 'Build a report; a complete period is built once', body: ReportOrder, needs: 'operation' },
  },
  async asked => {
    const { deps, principal, body } = asked;
    const { kind, from, to } = body;
    await permitReport(asked, kind, 'startReport');
    if (from === undefined && to !== undefined)
      throw new InputError('bad-input', 'The last day needs the first.', { hint: 'Give `from` too.' });
    const period = from === undefined ? undefined : { from, to: to ?? dayOfTime(deps.storage.clock.now().getTime()) };
    return deps.executions.start({ tenant: SYSTEM, work: 'report', startedBy: principal.name }, async progress => {
      const basis = await deps.operating.reportBasis();
      const made = await buildReport({ ...deps.storage, progress }, { kind, ...basis, ...(period && { period }) });
      return { kind, name: reportNameOf(made.key) };
    });
  },
);

const Folder = z.strictObject({
  files: z
    .array(z.strictObject({ name: z.string().max(100), text: z.string() }))
    .min(1)
    .max(10),
});

const verifyFolder = route(
  {
    ...{ id: 'verifyReport', method: 'post', path: '/reports/verification', group, needs: SEES, body: Folder },
    ...{ summary: 'Whether the files of a report are what this installation signed', answer: VerifiedReport },
  },
  async ({ deps, body }) => {
    const files = new Map(body.files.map(({ name, text }) => [name, Buffer.from(text)]));
    return verifyReport(files, await deps.storage.signer.publicKey());
  },
);

export const REPORT_ROUTES = [listReports, verifyFolder, seeReport, seeReportFiles, startReport];
