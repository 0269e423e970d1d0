/** What every governed request has in common: why it is asked for, and what became of asking. */
import { Link } from 'react-router';
import { plural } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Time } from '../parts/time.tsx';

export interface Requested {
  readonly request: string;
  readonly tenant: string;
  readonly state: 'waiting' | 'approved';
  readonly approvals: number;
  readonly until: string;
}

/** `reason` and `ticket` of a form. */
export function ReasonFields() {
  return (
    <>
      <label className="field">
        <span>Reason</span>
        <textarea name="reason" required maxLength={2000} />
        <small>Kept in the record and shown to those who approve.</small>
      </label>
      <label className="field">
        <span>Ticket (optional)</span>
        <input name="ticket" maxLength={200} />
      </label>
    </>
  );
}

export function reasonOf(form: FormData): { reason: string; ticket?: string } {
  const ticket = textOf(form, 'ticket');
  return { reason: textOf(form, 'reason'), ...(ticket !== '' && { ticket }) };
}

export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

export function AskedRequest({ asked }: { readonly asked: Requested }) {
  const { request, tenant, state, approvals, until } = asked;
  return (
    <div className="notice good" role="status">
      <Icon name="check" />
      <div>
        <strong>{state === 'waiting' ? `Requested: ${plural(approvals, 'approval')} needed` : 'Requested'}</strong>
        <p>
          {state === 'waiting' ? 'Nothing happens before that.' : 'No approval is needed. Execute it on its page.'}{' '}
          Valid until <Time at={until} />.
        </p>
        <p>
          <Link to={`/tenants/${tenant}/requests/${request}`}>Open request {request}</Link>
        </p>
      </div>
    </div>
  );
}
