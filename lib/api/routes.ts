/** The table of all routes: the document, the tests of authority and the typed client are made from it. */
import { ASSISTED_ROUTES } from './routes/assisted.ts';
import { AUDIT_ROUTES } from './routes/audit.ts';
import { AUDIT_PROOF_ROUTES } from './routes/audit-proof.ts';
import { CONFIGURATION_ROUTES } from './routes/configuration.ts';
import { DESTRUCTION_ROUTES } from './routes/destructions.ts';
import { DRILL_ROUTES } from './routes/drills.ts';
import { EVIDENCE_ROUTES } from './routes/evidence.ts';
import { EXECUTION_ROUTES } from './routes/executions.ts';
import { FLEET_ROUTES } from './routes/fleet.ts';
import { HOLD_ROUTES } from './routes/holds.ts';
import { KEPT_PREVIEW_ROUTES } from './routes/kept-previews.ts';
import { MESSAGE_ROUTES } from './routes/messages.ts';
import { PLANNING_ROUTES } from './routes/planning.ts';
import { PREVIEW_ROW_ROUTES } from './routes/preview-rows.ts';
import { PREVIEW_ROUTES } from './routes/previews.ts';
import { PROTECTION_ROUTES } from './routes/protection.ts';
import { REGION_ROUTES } from './routes/regions.ts';
import { REPORT_ROUTES } from './routes/reports.ts';
import { REQUEST_ROUTES } from './routes/requests.ts';
import { RESTORE_RECORD_ROUTES } from './routes/restore-records.ts';
import { RESTORE_ROUTES } from './routes/restores.ts';
import { RETENTION_ROUTES } from './routes/retention.ts';
import { SELF_ROUTES } from './routes/self.ts';
import { SELF_REQUEST_ROUTES } from './routes/self-requests.ts';
import { SELF_WORK_ROUTES } from './routes/self-work.ts';
import { TENANT_ROUTES } from './routes/tenant.ts';

export const ROUTES = [
  ...FLEET_ROUTES,
  ...TENANT_ROUTES,
  ...ASSISTED_ROUTES,
  ...AUDIT_PROOF_ROUTES,
  ...AUDIT_ROUTES,
  ...CONFIGURATION_ROUTES,
  ...DESTRUCTION_ROUTES,
  ...DRILL_ROUTES,
  ...EVIDENCE_ROUTES,
  ...EXECUTION_ROUTES,
  ...HOLD_ROUTES,
  ...KEPT_PREVIEW_ROUTES,
  ...MESSAGE_ROUTES,
  ...PLANNING_ROUTES,
  ...PREVIEW_ROUTES,
  ...PREVIEW_ROW_ROUTES,
  ...PROTECTION_ROUTES,
  ...REGION_ROUTES,
  ...REPORT_ROUTES,
  ...REQUEST_ROUTES,
  ...RESTORE_RECORD_ROUTES,
  ...RESTORE_ROUTES,
  ...RETENTION_ROUTES,
  ...SELF_WORK_ROUTES,
  ...SELF_ROUTES,
  ...SELF_REQUEST_ROUTES,
];
