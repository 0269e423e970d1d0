/**
 * The tables with routes that are answered on AWS (`onAws`). Apart from the whole table, so that a function carries the code
 * of what it answers; a test compares the two.
 */
import { REQUESTS_ON_AWS } from './on-aws/requests.ts';
import { RESTORES_ON_AWS } from './on-aws/restores.ts';
import { SELF_SERVICE_ON_AWS } from './on-aws/self-service.ts';
import { FLEET_ROUTES } from './routes/fleet.ts';
import { PREVIEW_ROW_ROUTES } from './routes/preview-rows.ts';
import { RESTORE_RECORD_ROUTES } from './routes/restore-records.ts';
import { SELF_ROUTES } from './routes/self.ts';
import { TENANT_ROUTES } from './routes/tenant.ts';

export const TABLES_ON_AWS = [
  ...[...FLEET_ROUTES, ...SELF_ROUTES, ...TENANT_ROUTES, ...RESTORE_RECORD_ROUTES, ...PREVIEW_ROW_ROUTES],
  // With handlers of their own: the work is that of state machines.
  ...[...RESTORES_ON_AWS, ...REQUESTS_ON_AWS, ...SELF_SERVICE_ON_AWS],
];
