/** The table of all routes: the document, the tests of authority and the typed client are made from it. */
import { FLEET_ROUTES } from './routes/fleet.ts';
import { PREVIEW_ROUTES } from './routes/previews.ts';
import { REQUEST_ROUTES } from './routes/requests.ts';
import { RESTORE_ROUTES } from './routes/restores.ts';
import { TENANT_ROUTES } from './routes/tenant.ts';

export const ROUTES = [...FLEET_ROUTES, ...TENANT_ROUTES, ...PREVIEW_ROUTES, ...RESTORE_ROUTES, ...REQUEST_ROUTES];
