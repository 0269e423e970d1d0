/** The table of all routes: the document, the tests of authority and the typed client are made from it. */
import { AUDIT_PROOF_ROUTES } from './routes/audit-proof.ts';
import { AUDIT_ROUTES } from './routes/audit.ts';
import { DESTRUCTION_ROUTES } from './routes/destructions.ts';
import { EVIDENCE_ROUTES } from './routes/evidence.ts';
import { EXECUTION_ROUTES } from './routes/executions.ts';
import { FLEET_ROUTES } from './routes/fleet.ts';
import { HOLD_ROUTES } from './routes/holds.ts';
import { PREVIEW_ROUTES } from './routes/previews.ts';
import { REQUEST_ROUTES } from './routes/requests.ts';
import { RESTORE_ROUTES } from './routes/restores.ts';
import { RETENTION_ROUTES } from './routes/retention.ts';
import { TENANT_ROUTES } from './routes/tenant.ts';

export const ROUTES = [
  ...FLEET_ROUTES,
  ...TENANT_ROUTES,
  ...AUDIT_PROOF_ROUTES,
  ...AUDIT_ROUTES,
  ...DESTRUCTION_ROUTES,
  ...EVIDENCE_ROUTES,
  ...EXECUTION_ROUTES,
  ...HOLD_ROUTES,
  ...PREVIEW_ROUTES,
  ...REQUEST_ROUTES,
  ...RESTORE_ROUTES,
  ...RETENTION_ROUTES,
];
