/** The table of all routes: the document, the tests of authority and the typed client are made from it. */
import { AUDIT_ROUTES } from './routes/audit.ts';
import { AUDIT_PROOF_ROUTES } from './routes/audit-proof.ts';
import { DESTRUCTION_ROUTES } from './routes/destructions.ts';
import { EVIDENCE_ROUTES } from './routes/evidence.ts';
import { EXECUTION_ROUTES } from './routes/executions.ts';
import { FLEET_ROUTES } from './routes/fleet.ts';
import { HOLD_ROUTES } from './routes/holds.ts';
import { RETENTION_ROUTES } from './routes/retention.ts';
import { TENANT_ROUTES } from './routes/tenant.ts';

export const ROUTES = [
  ...[...FLEET_ROUTES, ...TENANT_ROUTES],
  ...[...HOLD_ROUTES, ...DESTRUCTION_ROUTES, ...RETENTION_ROUTES],
  ...[...AUDIT_ROUTES, ...AUDIT_PROOF_ROUTES, ...EVIDENCE_ROUTES, ...EXECUTION_ROUTES],
];
