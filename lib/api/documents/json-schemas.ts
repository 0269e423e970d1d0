/**
 * The published JSON Schemas, one file each in docs/schemas: what `--json` prints, and the documents that people store, send
 * and approve. Of what Holdfast prints, later versions may add fields: the schemas allow them. What it reads is strict.
 */
import * as z from 'zod';
import { DrillRecord } from '../../domain/drill.ts';
import { EvidenceBundle, EvidenceSignOff } from '../../domain/evidence/bundle.ts';
import { ExportDocument } from '../../domain/export-document.ts';
import { PlanDocument, PlanFile } from '../../domain/plan-file.ts';
import { Preview } from '../../domain/preview.ts';
import { Report } from '../../domain/report/report.ts';
import { RestoreGroup } from '../../domain/restore-group.ts';
import { RestorePlan } from '../../domain/restore-plan.ts';
import { RestoreRecord } from '../../domain/restore-record.ts';
import { RestoreRequest } from '../../domain/restore-request.ts';
import { StatusPage } from '../../domain/status-page/status-page.ts';
import { ArchiveDocument } from './archive-documents.ts';
import { AttestDocument, AuditDocument } from './audit-documents.ts';
import { DestroyDocument } from './destroy-documents.ts';
import { DrillDocument } from './drill-documents.ts';
import { EvidenceDocument } from './evidence-documents.ts';
import { ExportCommandDocument } from './export-documents.ts';
import { FailoverDocument } from './failover-documents.ts';
import {
  DoctorDocument,
  ErrorReport,
  ShipDocument,
  SnapshotDocument,
  StatusDocument,
  TimelineDocument,
  VerifyDocument,
} from './fleet-documents.ts';
import { HoldDocument } from './hold-documents.ts';
import {
  ActivityDocument,
  IncidentDocument,
  LogDocument,
  ShowTransactionDocument,
  TransactionsDocument,
} from './log-documents.ts';
import { AcknowledgeDocument, MessagesDocument } from './message-documents.ts';
import { AdviseDocument, MetricsDocument, ReportDocument, StatusPageDocument } from './report-documents.ts';
import { RequestsDocument } from './request-documents.ts';
import { DiffDocument, JsonLine, RestoreDocument, RestoresDocument, RevertDocument } from './restore-documents.ts';
import { RetentionDocument } from './retention-documents.ts';
import { FindDocument, HistoryDocument } from './row-documents.ts';

/** By command: the document that `holdfast COMMAND --json` prints. */
export const COMMAND_DOCUMENTS = {
  ...{ status: StatusDocument, timeline: TimelineDocument, snapshot: SnapshotDocument, ship: ShipDocument },
  ...{ verify: VerifyDocument, doctor: DoctorDocument },
  ...{ activity: ActivityDocument, transactions: TransactionsDocument, log: LogDocument, incident: IncidentDocument },
  ...{ 'show-transaction': ShowTransactionDocument, history: HistoryDocument, find: FindDocument },
  ...{ diff: DiffDocument, restore: RestoreDocument, undo: RestoreDocument, revert: RevertDocument },
  ...{ restores: RestoresDocument, requests: RequestsDocument, hold: HoldDocument, destroy: DestroyDocument },
  ...{ audit: AuditDocument, attest: AttestDocument },
  ...{ retention: RetentionDocument, evidence: EvidenceDocument, drill: DrillDocument, failover: FailoverDocument },
  ...{ export: ExportCommandDocument, archive: ArchiveDocument },
  ...{ metrics: MetricsDocument, messages: MessagesDocument, acknowledge: AcknowledgeDocument },
  ...{ report: ReportDocument, 'status-page': StatusPageDocument, advise: AdviseDocument },
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** `undo` prints what `restore` does. */
const { undo: _undo, ...OF_COMMANDS } = COMMAND_DOCUMENTS;

/** Documents that are no command's own. */
const STORED = {
  error: ErrorReport,
  'json-line': JsonLine,
  preview: Preview,
  'restore-record': RestoreRecord,
  'drill-record': DrillRecord,
  'plan-file': PlanFile,
  plan: PlanDocument,
  'restore-group': RestoreGroup,
  'restore-plan': RestorePlan,
  'export-document': ExportDocument,
  'evidence-bundle': EvidenceBundle,
  'evidence-sign-off': EvidenceSignOff,
  'report-file': Report,
  'status-page-file': StatusPage,
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** Inside others these stand once, by name. */
const NAMED = {
  preview: Preview,
  'restore-record': RestoreRecord,
  'drill-record': DrillRecord,
  'restore-request': RestoreRequest,
};
for (const [id, schema] of Object.entries(NAMED))
  if (!z.globalRegistry.has(schema)) z.globalRegistry.add(schema, { id });

/** Names of files without `.json`, and their contents. */
export function jsonSchemas(): Map<string, object> {
  return new Map([
    ...Object.entries({ ...OF_COMMANDS, ...STORED }).map(([name, schema]) => [name, printed(name, schema)] as const),
    ['restore-request', { title: 'restore-request', ...z.toJSONSchema(RestoreRequest, { io: 'input' }) }] as const,
  ]);
}

/** Open for fields that later versions add. */
function printed(name: string, schema: z.ZodType): object {
  const made = z.toJSONSchema(schema, {
    override({ jsonSchema }) {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return { title: name, ...made };
}
