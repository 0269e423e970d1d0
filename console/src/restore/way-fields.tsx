/** To what: a moment, the same without some transactions, or without an earlier restore. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { answer, api } from '../api/client.ts';
import { Icon } from '../parts/icon.tsx';
import { Panel } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { type Choices, MODES, WAYS } from './choices.ts';
import { ListField } from './list-field.tsx';

export interface FieldProps {
  readonly choices: Choices;
  readonly change: (more: Partial<Choices>) => void;
}

const WAY_NAMES = {
  moment: 'To a moment',
  transactions: 'Take back transactions',
  undo: 'Undo a restore',
} as const;
const MODE_NAMES = {
  exact: ['As it was', 'Later changes are undone, and later rows are deleted.'],
  'missing-only': ['Only what is missing', 'Deleted rows come back. Rows that are there stay as they are.'],
  merge: ['Take back what happened since', 'Except the transactions that you name.'],
} as const;

export function WayFields({ tenant, choices, change }: FieldProps & { readonly tenant: string }) {
  return (
    <Panel title="What to go back to">
      <div className="segments" role="radiogroup" aria-label="What to go back to">
        {WAYS.map(way => (
          <label key={way}>
            <input type="radio" name="way" checked={choices.way === way} onChange={() => change({ way })} />
            {WAY_NAMES[way]}
          </label>
        ))}
      </div>
      <div className="form">
        {choices.way === 'moment' && <MomentFields {...{ tenant, choices, change }} />}
        {choices.way === 'transactions' && <TransactionFields {...{ choices, change }} />}
        {choices.way === 'undo' && <UndoFields {...{ choices, change }} />}
      </div>
    </Panel>
  );
}

function MomentFields({ tenant, choices, change }: FieldProps & { readonly tenant: string }) {
  return (
    <>
      <label className="field">
        <span>Moment</span>
        <input value={choices.to} onChange={event => change({ to: event.target.value })} placeholder="2 hours ago" />
        <small>A time, “10 minutes ago”, before:TRANSACTION, a marker or a position of the log.</small>
        <MomentFound tenant={tenant} text={choices.to} />
      </label>
      <fieldset className="options">
        <legend>How</legend>
        {MODES.map(mode => (
          <label key={mode}>
            <input type="radio" name="mode" checked={choices.mode === mode} onChange={() => change({ mode })} />
            <span>
              {MODE_NAMES[mode][0]} <small>{MODE_NAMES[mode][1]}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {choices.mode === 'merge' && (
        <ListField
          label="Transactions to keep"
          value={choices.keep}
          onChange={keep => change({ keep })}
          placeholder="48211"
        />
      )}
      {choices.mode === 'merge' && <Overwrite {...{ choices, change }} />}
    </>
  );
}

/** What the server takes the text for, and whether it can be reached. */
function MomentFound({ tenant, text }: { readonly tenant: string; readonly text: string }) {
  const asked = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: ['moment', tenant, asked],
    queryFn: () =>
      answer(api.GET('/tenants/{tenant}/moment', { params: { path: { tenant }, query: { text: asked } } })),
    enabled: asked !== '',
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (asked === '') return null;
  if (found.error) return <span className="wrong">{found.error.message}</span>;
  if (!found.data) return null;
  const { reachable, why, hint, time, target } = found.data;
  if (!reachable)
    return (
      <span className="wrong">
        {why} {hint}
      </span>
    );
  return (
    <span className="found">
      <Icon name="check" /> {time === null ? target : <Time at={time} />}
    </span>
  );
}

function TransactionFields({ choices, change }: FieldProps) {
  return (
    <>
      <ListField
        label="Transactions"
        value={choices.transactions}
        onChange={transactions => change({ transactions })}
        placeholder="48211"
        hint="Ids or positions of their commits, with spaces between. What came later stays."
      />
      <label className="field">
        <span>Or every transaction with this context</span>
        <input
          value={choices.context}
          onChange={event => change({ context: event.target.value })}
          placeholder="job = nightly-cleanup"
        />
      </label>
      <Overwrite {...{ choices, change }} />
    </>
  );
}

function Overwrite({ choices, change }: FieldProps) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={choices.overwrite}
        onChange={event => change({ overwrite: event.target.checked })}
      />
      <span>
        Also take back what was changed again since{' '}
        <small>Without it, such rows stay as they are and are listed.</small>
      </span>
    </label>
  );
}

function UndoFields({ choices, change }: FieldProps) {
  return (
    <>
      <label className="field">
        <span>Restore</span>
        <input value={choices.restore} onChange={event => change({ restore: event.target.value })} />
        <small>Id of the restore whose changes are taken back.</small>
      </label>
      <label className="check">
        <input type="checkbox" checked={choices.exact} onChange={event => change({ exact: event.target.checked })} />
        <span>
          Exactly as before that restore <small>What was written since to its tables is undone too.</small>
        </span>
      </label>
    </>
  );
}
