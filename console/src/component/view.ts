/** What the web component shows: the sentence, the last backups, and a form that asks for a restore. */
import { element } from './element.ts';
import type { Counts, Mode, OwnState, OwnTimeline } from './own-api.ts';

export interface Shown {
  readonly state: OwnState;
  readonly timeline: OwnTimeline;
  /** Of the restore that is being asked for; undefined: none is. */
  readonly restore: RestoreForm | undefined;
  /** What is being done. */
  readonly busy: string | undefined;
  /** What was done. */
  readonly done: string | undefined;
  readonly error: { readonly message: string; readonly hint: string } | undefined;
}

interface RestoreForm {
  readonly to: string;
  readonly mode: Mode;
  readonly reason: string;
  /** What it would change, once that was looked at. */
  readonly counts?: Counts;
}

export interface Acts {
  backUp(): void;
  /** Opens or closes the form. */
  restore(isOpen: boolean): void;
  preview(to: string, mode: Mode): void;
  ask(counts: Counts, reason: string): void;
}

const SIGNS: Readonly<Record<OwnState['tone'], string>> = { good: '✓', warn: '!', bad: '✗', plain: '·' };
const BACKUPS_SHOWN = 3;

export function view(shown: Shown, acts: Acts): HTMLElement {
  const { state, restore, busy, done, error } = shown;
  const isBusy = busy !== undefined;
  const { backups } = state.quotas;
  return element(
    'section',
    { 'aria-label': 'Backups', 'aria-busy': isBusy ? 'true' : 'false' },
    element(
      'div',
      { class: `sentence ${state.tone}`, role: 'status' },
      element(
        'strong',
        {},
        element('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[state.tone]),
        state.sentence,
      ),
      state.detail,
    ),
    lastBackups(shown.timeline),
    element(
      'div',
      { class: 'row' },
      button('Back up now', () => acts.backUp(), isBusy || backups.used >= backups.limit),
      button(restore ? 'Close' : 'Restore …', () => acts.restore(!restore), isBusy),
    ),
    backups.used >= backups.limit
      ? element('small', {}, `All backups of today are used. Again after ${moment(backups.freeAt)}.`)
      : null,
    restore ? restoreForm(shown, restore, acts) : null,
    element('p', { role: 'status' }, busy ?? done ?? ''),
    error ? element('p', { class: 'error', role: 'alert' }, `${error.message} ${error.hint}`) : null,
  );
}

function lastBackups({ backups }: OwnTimeline): HTMLElement | null {
  const last = backups.slice(-BACKUPS_SHOWN).reverse();
  if (last.length === 0) return null;
  return element(
    'div',
    {},
    element('h3', {}, 'Last backups'),
    element('ul', {}, ...last.map(({ at }) => element('li', {}, element('time', { datetime: at }, moment(at))))),
  );
}

function restoreForm({ busy, state }: Shown, form: RestoreForm, acts: Acts): HTMLElement {
  const isBusy = busy !== undefined;
  const { counts } = form;
  const to = element('input', { name: 'to', required: true, maxlength: '200', placeholder: '2 hours ago' });
  to.value = form.to;
  const mode = element(
    'select',
    { name: 'mode' },
    element('option', { value: 'missing-only' }, 'Bring back what is gone'),
    element('option', { value: 'exact' }, 'Everything as it was then'),
  );
  mode.value = form.mode;
  const first = element(
    'form',
    {
      onsubmit: event => {
        event.preventDefault();
        acts.preview(to.value, mode.value as Mode);
      },
    },
    element('label', {}, 'Restore to', to, element('small', {}, '“2 hours ago”, “yesterday 14:00”, or a time.')),
    element('label', {}, 'How', mode),
    element('div', { class: 'row' }, submit('Show what it would change', isBusy)),
  );
  return element('div', { class: 'forms' }, first, counts ? changes(form, counts, { state, acts, isBusy }) : null);
}

interface Around {
  readonly state: OwnState;
  readonly acts: Acts;
  readonly isBusy: boolean;
}

function changes(form: RestoreForm, counts: Counts, { state, acts, isBusy }: Around): HTMLElement {
  const { inserts, updates, deletes, rows } = counts.totals;
  if (rows === 0) return element('p', {}, 'Nothing differs from that moment.');
  const reason = element('textarea', { name: 'reason', required: true, minlength: '3', maxlength: '1000' });
  reason.value = form.reason;
  const blocked = counts.conflicts.find(({ blocking }) => blocking);
  const people = state.approvals.restore;
  return element(
    'form',
    {
      onsubmit: event => {
        event.preventDefault();
        acts.ask(counts, reason.value);
      },
    },
    element(
      'p',
      { class: 'counts' },
      `${rowsOf(inserts)} would come back, ${number(updates)} would change back, ${number(deletes)} would be removed.`,
    ),
    blocked ? element('p', { class: 'error' }, blocked.explanation) : null,
    element('label', {}, 'Why', reason),
    element(
      'small',
      {},
      people === 0
        ? 'No approval is needed: it begins at once.'
        : `${people === 1 ? 'One person' : `${people} people`} must approve it first.`,
    ),
    element(
      'div',
      { class: 'row' },
      submit(people === 0 ? 'Restore' : 'Ask for this restore', isBusy || blocked !== undefined),
    ),
  );
}

function button(text: string, act: () => void, disabled: boolean): HTMLButtonElement {
  return element('button', { type: 'button', name: text, disabled, onclick: act }, text);
}

function submit(text: string, disabled: boolean): HTMLButtonElement {
  return element('button', { type: 'submit', name: text, class: 'primary', disabled }, text);
}

function number(value: number): string {
  return value.toLocaleString();
}

function rowsOf(value: number): string {
  return value === 1 ? '1 row' : `${number(value)} rows`;
}

/** As the reader writes times. */
function moment(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
