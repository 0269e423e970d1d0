/** How far a destruction is, how long it can be cancelled, and its next step. */
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { AnswerOf } from '../api/answers.ts';
import { answer, api } from '../api/client.ts';
import { useMe } from '../frame.tsx';
import { count, duration } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Trouble } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { useExecution } from '../parts/use-execution.ts';
import { useNow } from '../parts/use-now.ts';
import { textOf } from './asked-request.tsx';
import { ExecutionState } from './execution-state.tsx';
import { submitted } from './submitted.ts';

type Destruction = NonNullable<AnswerOf<'/tenants/{tenant}/destruction'>['destruction']>;

const SENTENCES: Readonly<Record<Destruction['stage'], string>> = {
  interrupted: 'Ordered, and stopped before the key was scheduled: execute the request again, or cancel it.',
  counting: 'The countdown is running. Nothing of the tenant opens, and it can still be cancelled.',
  due: 'The countdown has ended. The key can be destroyed, and the destruction certified.',
  certified: 'Destroyed and certified. What is still locked stays as unreadable bytes until its lock ends.',
  complete: 'Destroyed. Nothing of the tenant is left in the vault.',
  cancelled: 'The last destruction was cancelled: the backups open.',
};

interface StageProps {
  readonly tenant: string;
  readonly destruction: Destruction;
  readonly changed: () => void;
}

export function DestructionStage({ tenant, destruction, changed }: StageProps) {
  const { stage, orderedAt, requestedBy, discarded, deletionDate } = destruction;
  const { data: me } = useMe();
  const mayAct = me?.may.includes('destroy') ?? false;
  const isOver = stage === 'complete' || stage === 'certified' || stage === 'cancelled';
  return (
    <div className={`notice ${isOver ? 'plain' : 'bad'}`} role="status">
      <Icon name={isOver ? 'check' : 'destroy'} />
      <div className="stack">
        {stage === 'counting' && deletionDate && <Countdown to={deletionDate} />}
        <p>
          <strong>{SENTENCES[stage]}</strong>
        </p>
        <p>
          Ordered <Time at={orderedAt} />, requested by {requestedBy}.{' '}
          {discarded > 0 && `${count(discarded)} changes since then were not stored.`}
        </p>
        {mayAct && !isOver && (
          <div className="row">
            <CancelDestruction tenant={tenant} changed={changed} />
            {stage === 'due' && <FinishDestruction tenant={tenant} changed={changed} />}
          </div>
        )}
      </div>
    </div>
  );
}

function Countdown({ to }: { readonly to: string }) {
  const left = Date.parse(to) - useNow();
  return (
    <p className="countdown" role="timer">
      {left > 0 ? duration(left) : 'Ended'}{' '}
      <small>
        until the key is deleted, at <Time at={to} />
      </small>
    </p>
  );
}

function CancelDestruction({ tenant, changed }: Pick<StageProps, 'tenant' | 'changed'>) {
  const dialog = useRef<HTMLDialogElement>(null);
  const cancel = useMutation({
    mutationFn: (form: FormData) =>
      answer(
        api.POST('/tenants/{tenant}/destruction/cancel', {
          params: { path: { tenant } },
          body: { reason: textOf(form, 'reason') },
        }),
      ),
    onSuccess: () => {
      dialog.current?.close();
      changed();
    },
  });
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Cancel the destruction
      </button>
      <dialog ref={dialog} aria-label="Cancel the destruction">
        <h2>Cancel the destruction</h2>
        <form className="form" onSubmit={submitted(cancel.mutate)}>
          <p>The backups open again. Changes since the order were not stored: take a snapshot afterwards.</p>
          <label className="field">
            <span>Reason</span>
            <textarea name="reason" required maxLength={2000} />
          </label>
          {cancel.error && <Trouble error={cancel.error} />}
          <div className="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              Keep it running
            </button>
            <button type="submit" className="primary" disabled={cancel.isPending}>
              Cancel the destruction
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}

function FinishDestruction({ tenant, changed }: Pick<StageProps, 'tenant' | 'changed'>) {
  const finish = useMutation({
    mutationFn: () => answer(api.POST('/tenants/{tenant}/destruction/finish', { params: { path: { tenant } } })),
  });
  const { data: work } = useExecution(tenant, finish.data?.id);
  const state = work?.state;
  useEffect(() => {
    if (state !== undefined && state !== 'running') changed();
  }, [state, changed]);
  return (
    <>
      <button
        type="button"
        className="danger"
        onClick={() => finish.mutate()}
        disabled={finish.isPending || work?.state === 'running'}
      >
        Destroy the key and certify
      </button>
      {finish.error && <Trouble error={finish.error} />}
      <ExecutionState work={work} what="Destroying the key" />
    </>
  );
}
