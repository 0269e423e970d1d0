/** The addresses of the views. Each page is a file of its own that is loaded when it is opened. */
import { createBrowserRouter } from 'react-router';
import { Frame } from './frame.tsx';
import { PageFault } from './parts/page-fault.tsx';

/** Path → module with a `Component`. */
const PAGES = [
  { path: '/', lazy: () => import('./pages/fleet.tsx') },
  { path: '/tenants/:tenant', lazy: () => import('./pages/tenant.tsx') },
  { path: '/tenants/:tenant/transactions/:transaction', lazy: () => import('./pages/transaction.tsx') },
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
