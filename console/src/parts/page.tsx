/** The head of a page, and its states: loading, refused, failed, empty. */
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { Link } from 'react-router';
import { ApiError } from '../api/client.ts';
import { Icon } from './icon.tsx';

interface PageProps {
  readonly title: string;
  /** Above the title: the way back. */
  readonly back?: { readonly to: string; readonly name: string };
  readonly actions?: ReactNode;
  /** One sentence below the title. */
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, back, actions, lead, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Holdfast`;
  }, [title]);
  return (
    <>
      <div className="page-head">
        <div>
          {back && (
            <Link className="back" to={back.to}>
              <Icon name="back" /> {back.name}
            </Link>
          )}
          <h1>{title}</h1>
          {lead && <p className="lead">{lead}</p>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

/** What was asked, once it is there; until then, that it is loading, or what went wrong and what to do. */
export function Loaded<T>({
  query,
  children,
}: {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Trouble error={query.error} retry={() => void query.refetch()} />;
  return (
    <div className="loading" role="status">
      <span className="unseen">Loading</span>
      <i />
      <i />
      <i />
    </div>
  );
}

export function Trouble({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const problem = error instanceof ApiError ? error.problem : undefined;
  const isDenied = problem?.status === 403;
  const isSignedOut = problem?.status === 401;
  const title = isDenied ? 'Not permitted' : isSignedOut ? 'Not signed in' : 'This did not work';
  return (
    <div className={`notice ${isDenied ? 'plain' : 'bad'}`} role="alert">
      <Icon name={isDenied ? 'hold' : 'warn'} />
      <div>
        <strong>{title}</strong>
        <p>{problem?.detail ?? (error instanceof Error ? error.message : String(error))}</p>
        {problem && problem.hint !== '' && <p className="dim">{problem.hint}</p>}
        {problem && <p className="dim code">{problem.code}</p>}
        {retry && !isDenied && (
          <button type="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <p>
        <strong>{title}</strong>
      </p>
      {children && <div className="dim">{children}</div>}
    </div>
  );
}

export function Panel({
  title,
  actions,
  children,
}: {
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="panel" aria-label={title}>
      {title && (
        <div className="panel-head">
          <h2>{title}</h2>
          {actions && <div className="actions">{actions}</div>}
        </div>
      )}
      {children}
    </section>
  );
}
