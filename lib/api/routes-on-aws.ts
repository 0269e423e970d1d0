/**
 * The tables with routes that are answered on AWS (`onAws`). Apart from the whole table, so that a function carries the code
 * of what it answers; a test compares the two.
 */
import { FLEET_ROUTES } from './routes/fleet.ts';
import { SELF_ROUTES } from './routes/self.ts';
import { TENANT_ROUTES } from './routes/tenant.ts';

export const TABLES_ON_AWS = [...FLEET_ROUTES, ...SELF_ROUTES, ...TENANT_ROUTES];
