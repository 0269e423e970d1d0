/** What is restored, and to what: each choice is in the address. Ends in a preview; nothing is changed here. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useCallback } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { ExecutionPhases } from '../parts/execution.tsx';
import { Page, Trouble } from '../parts/page.tsx';
import { bodyOf, type Choices, choicesIn, missingIn, searchOf } from '../restore/choices.ts';
import { KeptPreviews } from '../restore/kept-previews.tsx';
import { RowFields } from '../restore/row-fields.tsx';
import { TableFields } from '../restore/table-fields.tsx';
import { WayFields } from '../restore/way-fields.tsx';

export function Component() {
  const { tenant = '' } = useParams();
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const choices = choicesIn(search);
  const running = search.get('execution');
  const change = (more: Partial<Choices>) => setSearch(searchOf({ ...choices, ...more }), { replace: true });
  const named = useQuery({
    queryKey: ['tenant', tenant],
    queryFn: () => answer(api.GET('/tenants/{tenant}', { params: { path: { tenant } } })),
  });
  const name = named.data?.label ?? named.data?.tenantId ?? tenant;
  const begin = useMutation({
    mutationFn: () =>
      answer(api.POST('/tenants/{tenant}/previews', { params: { path: { tenant } }, body: bodyOf(choices) })),
    onSuccess: ({ id }) => {
      const next = searchOf(choices);
      next.set('execution', id);
      setSearch(next);
    },
  });
  const done = useCallback(
    (result: Readonly<Record<string, unknown>>) =>
      void navigate(`/tenants/${tenant}/previews/${String(result.preview)}`, { replace: true }),
    [navigate, tenant],
  );
  return (
    <Page
      title={`Restore ${name}`}
      back={{ to: `/tenants/${tenant}`, name }}
      lead="Choose what comes back. A preview shows what would change, row by row; it changes nothing."
    >
      {running === null ? (
        <>
          <RestoreForm
            {...{ tenant, choices, change }}
            isBusy={begin.isPending}
            error={begin.error}
            onPreview={() => begin.mutate()}
          />
          <div className="below">
            <KeptPreviews tenant={tenant} />
          </div>
        </>
      ) : (
        <>
          <ExecutionPhases tenant={tenant} id={running} title="Making the preview" onDone={done} />
          <p className="below">
            <button type="button" onClick={() => setSearch(searchOf(choices))}>
              Back to the choices
            </button>
          </p>
        </>
      )}
    </Page>
  );
}

interface FormProps {
  readonly tenant: string;
  readonly choices: Choices;
  readonly change: (more: Partial<Choices>) => void;
  readonly isBusy: boolean;
  readonly error: Error | null;
  readonly onPreview: () => void;
}

function RestoreForm({ tenant, choices, change, isBusy, error, onPreview }: FormProps) {
  const missing = missingIn(choices);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (missing === undefined) onPreview();
  };
  return (
    <form onSubmit={submit} className="restore-form">
      <WayFields {...{ tenant, choices, change }} />
      {choices.way !== 'undo' && (
        <>
          <TableFields {...{ tenant, choices, change }} />
          <RowFields {...{ choices, change }} />
        </>
      )}
      {error && <Trouble error={error} />}
      <div className="row below">
        <button type="submit" className="primary" disabled={isBusy || missing !== undefined}>
          Preview
        </button>
        {missing !== undefined && <span className="dim">{missing}</span>}
      </div>
    </form>
  );
}
