/** The table of all routes: the document, the tests of authority and the typed client are made from it. */
import { CONFIGURATION_ROUTES } from './routes/configuration.ts';
import { DRILL_ROUTES } from './routes/drills.ts';
import { EXECUTION_ROUTES } from './routes/executions.ts';
import { FLEET_ROUTES } from './routes/fleet.ts';
import { MESSAGE_ROUTES } from './routes/messages.ts';
import { PLANNING_ROUTES } from './routes/planning.ts';
import { PROTECTION_ROUTES } from './routes/protection.ts';
import { REGION_ROUTES } from './routes/regions.ts';
import { REPORT_ROUTES } from './routes/reports.ts';
import { TENANT_ROUTES } from './routes/tenant.ts';

export const ROUTES = [
  ...[...FLEET_ROUTES, ...TENANT_ROUTES, ...PROTECTION_ROUTES],
  ...[...DRILL_ROUTES, ...REGION_ROUTES, ...REPORT_ROUTES, ...PLANNING_ROUTES],
  ...[...CONFIGURATION_ROUTES, ...MESSAGE_ROUTES, ...EXECUTION_ROUTES],
];
