/** The forms of what the file has lists of: rules of approvals, and recipients of messages. */
import type { ReactNode } from 'react';
import type { FormProps } from './forms.tsx';

const ACTIONS = ['restore', 'export', 'hold', 'release', 'destroy', 'change-policy', 'fail-over'] as const;

function ListForm<T>({
  items,
  name,
  onRemove,
  onAdd,
  children,
}: {
  readonly items: readonly T[];
  readonly name: string;
  readonly onRemove: (index: number) => void;
  readonly onAdd: () => void;
  readonly children: (item: T, index: number) => ReactNode;
}) {
  return (
    <>
      {items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an entry has no other identity while it is written
        <fieldset key={index}>
          <legend className="unseen">{`${name} ${index + 1}`}</legend>
          <div className="row check-list">
            {children(item, index)}
            <button type="button" className="danger" onClick={() => onRemove(index)}>
              Remove
            </button>
          </div>
        </fieldset>
      ))}
      <button type="button" onClick={onAdd}>{`Add ${name.toLowerCase()}`}</button>
    </>
  );
}

export function ApprovalsForm({ value, set }: FormProps) {
  const { approvals } = value;
  const change = (index: number, more: Partial<(typeof approvals)[number]>) =>
    set({ ...value, approvals: approvals.map((each, at) => (at === index ? { ...each, ...more } : each)) });
  return (
    <>
      <p className="dim">
        How many people other than the requester must approve. Without a rule nobody must; two must for the release of a
        hold, one for a fail-over.
      </p>
      <ListForm
        items={approvals}
        name="Rule"
        onRemove={index => set({ ...value, approvals: approvals.filter((_, at) => at !== index) })}
        onAdd={() => set({ ...value, approvals: [...approvals, { action: 'restore', approvals: 1 }] })}
      >
        {(rule, index) => (
          <>
            <label className="field">
              <span>Action</span>
              <select
                value={rule.action}
                onChange={event => change(index, { action: event.target.value as typeof rule.action })}
              >
                {ACTIONS.map(action => (
                  <option key={action}>{action}</option>
                ))}
              </select>
            </label>
            <label className="field">
              <span>Approvals</span>
              <input
                type="number"
                min="0"
                max="9"
                value={Number.isNaN(rule.approvals) ? '' : rule.approvals}
                onChange={event => change(index, { approvals: event.target.valueAsNumber })}
              />
            </label>
            <label className="field">
              <span>Expires after hours</span>
              <input
                type="number"
                min="1"
                max="2160"
                value={rule.expiresHours ?? 24}
                onChange={event => change(index, { expiresHours: event.target.valueAsNumber })}
              />
            </label>
            <label className="field">
              <span>Only for tenants</span>
              <input
                placeholder="all, or ids with commas"
                value={rule.tenants?.join(', ') ?? ''}
                onChange={event => change(index, tenantsOf(event.target.value))}
              />
            </label>
          </>
        )}
      </ListForm>
    </>
  );
}

function tenantsOf(text: string): { tenants?: string[] } {
  const ids = text.split(',').map(id => id.trim());
  return text.trim() === ''
    ? { tenants: undefined as never }
    : { tenants: ids.filter((id, at) => id !== '' || at === ids.length - 1) };
}

const KINDS = { slack: 'Slack', teams: 'Teams', signed: 'Signed JSON', email: 'E-mail' } as const;

export function MessagesForm({ value, set }: FormProps) {
  const { messages } = value;
  const change = (index: number, more: object) =>
    set({ ...value, messages: messages.map((each, at) => (at === index ? { ...each, ...more } : each)) });
  return (
    <>
      <p className="dim">Secrets stay out of the file: name the environment variable that has the URL or the key.</p>
      <ListForm
        items={messages}
        name="Recipient"
        onRemove={index => set({ ...value, messages: messages.filter((_, at) => at !== index) })}
        onAdd={() =>
          set({
            ...value,
            messages: [...messages, { name: 'on-call', kind: 'slack', urlVariable: 'HOLDFAST_SLACK_URL' }],
          })
        }
      >
        {(sink, index) => (
          <>
            <label className="field">
              <span>Name</span>
              <input value={sink.name} onChange={event => change(index, { name: event.target.value })} />
            </label>
            <label className="field">
              <span>Kind</span>
              <select value={sink.kind} onChange={event => change(index, ofKind(event.target.value))}>
                {Object.entries(KINDS).map(([kind, text]) => (
                  <option key={kind} value={kind}>
                    {text}
                  </option>
                ))}
              </select>
            </label>
            {sink.kind === 'email' ? (
              <label className="field">
                <span>Addresses</span>
                <input
                  value={sink.to?.join(', ') ?? ''}
                  onChange={event => change(index, { to: event.target.value.split(',').map(each => each.trim()) })}
                />
              </label>
            ) : (
              <label className="field">
                <span>Variable with the URL</span>
                <input
                  value={sink.urlVariable ?? ''}
                  onChange={event => change(index, { urlVariable: event.target.value })}
                />
              </label>
            )}
            {sink.kind === 'signed' && (
              <label className="field">
                <span>Variable with the key</span>
                <input
                  value={sink.keyVariable ?? ''}
                  onChange={event => change(index, { keyVariable: event.target.value })}
                />
              </label>
            )}
          </>
        )}
      </ListForm>
    </>
  );
}

/** Each kind has members of its own. */
function ofKind(kind: string): object {
  const none = {
    to: undefined,
    urlVariable: undefined,
    urlFile: undefined,
    keyVariable: undefined,
    keyFile: undefined,
  };
  if (kind === 'email') return { ...none, kind, to: ['team@example.com'] };
  const url = { urlVariable: `HOLDFAST_${kind.toUpperCase()}_URL` };
  return { ...none, kind, ...url, ...(kind === 'signed' && { keyVariable: 'HOLDFAST_SIGNED_KEY' }) };
}
