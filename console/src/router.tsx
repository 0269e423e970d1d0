/** The addresses of the views. Each page is a file of its own that is loaded when it is opened. */
import { createBrowserRouter } from 'react-router';
import { Frame } from './frame.tsx';
import { PageFault } from './parts/page-fault.tsx';

/** Path → module with a `Component`. */
const PAGES = [
  { path: '/', lazy: () => import('./pages/fleet.tsx') },
  { path: '/tenants/:tenant', lazy: () => import('./pages/tenant.tsx') },
  { path: '/tenants/:tenant/transactions/:transaction', lazy: () => import('./pages/transaction.tsx') },
  { path: '/tenants/:tenant/holds', lazy: () => import('./pages/tenant-holds.tsx') },
  { path: '/tenants/:tenant/retention', lazy: () => import('./pages/tenant-retention.tsx') },
  { path: '/tenants/:tenant/destroy', lazy: () => import('./pages/destroy.tsx') },
  { path: '/holds', lazy: () => import('./pages/holds.tsx') },
  { path: '/holds/:hold', lazy: () => import('./pages/matter.tsx') },
  { path: '/audit', lazy: () => import('./pages/audit.tsx') },
  { path: '/evidence', lazy: () => import('./pages/evidence.tsx') },
  { path: '/evidence/:id', lazy: () => import('./pages/evidence-bundle.tsx') },
  { path: '/tenants/:tenant/restore', lazy: () => import('./pages/restore.tsx') },
  { path: '/tenants/:tenant/previews/:preview', lazy: () => import('./pages/preview.tsx') },
  { path: '/tenants/:tenant/requests/:request', lazy: () => import('./pages/request.tsx') },
  { path: '/tenants/:tenant/restores', lazy: () => import('./pages/restores.tsx') },
  { path: '/tenants/:tenant/restores/:restore', lazy: () => import('./pages/restore-record.tsx') },
  { path: '/requests', lazy: () => import('./pages/requests.tsx') },
  { path: '/tenants/:tenant/backups', lazy: () => import('./pages/backups.tsx') },
  { path: '/alarms', lazy: () => import('./pages/alarms.tsx') },
  { path: '/drills', lazy: () => import('./pages/drills.tsx') },
  { path: '/drills/:drill', lazy: () => import('./pages/drill.tsx') },
  { path: '/regions', lazy: () => import('./pages/regions.tsx') },
  { path: '/reports', lazy: () => import('./pages/reports.tsx') },
  { path: '/reports/:kind/:name', lazy: () => import('./pages/report.tsx') },
  { path: '/cost', lazy: () => import('./pages/cost.tsx') },
  { path: '/configuration', lazy: () => import('./pages/configuration.tsx') },
  { path: '/self', lazy: () => import('./pages/self.tsx') },
  { path: '/self/restore', lazy: () => import('./pages/self-restore.tsx') },
  { path: '/self/export', lazy: () => import('./pages/self-export.tsx') },
  { path: '/self/requests', lazy: () => import('./pages/self-requests.tsx') },
  { path: '*', lazy: () => import('./pages/no-page.tsx') },
];

/** At the address that the browser shows when it is called: signing in changes it before. */
export function openRouter() {
  return createBrowserRouter([
    {
      element: <Frame />,
      errorElement: <PageFault />,
      children: PAGES.map(page => ({ ...page, errorElement: <PageFault /> })),
    },
  ]);
}
