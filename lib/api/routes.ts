/** The table of all routes: the document, the tests of authority and the typed client are made from it. */
import { ASSISTED_ROUTES } from './routes/assisted.ts';
import { FLEET_ROUTES } from './routes/fleet.ts';
import { SELF_ROUTES } from './routes/self.ts';
import { SELF_WORK_ROUTES } from './routes/self-work.ts';
import { TENANT_ROUTES } from './routes/tenant.ts';

export const ROUTES = [...FLEET_ROUTES, ...TENANT_ROUTES, ...SELF_ROUTES, ...SELF_WORK_ROUTES, ...ASSISTED_ROUTES];
