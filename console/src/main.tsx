/** The console: every view has an address; the server holds all state. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { ApiError } from './api/client.ts';
import { openRouter } from './router.tsx';
import { signedIn } from './sign-in/current.ts';
import { SignInTrouble } from './sign-in/sign-in-trouble.tsx';
import './style.css';
import './styles/govern.css';
import './styles/operate.css';
import './styles/restore.css';
import './styles/self.css';
import './styles/sign-in.css';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // What was refused is refused again.
      retry: (failures, error) => !(error instanceof ApiError && error.problem.status > 0) && failures < 2,
    },
  },
});

async function show(): Promise<void> {
  const root = createRoot(document.getElementById('root')!);
  try {
    if (!(await signedIn())) return;
  } catch (error) {
    root.render(<SignInTrouble error={error} />);
    return;
  }
  root.render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={openRouter()} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

void show();
