/** What stands in the way of a restore or should be known before it, with what to do. */

import { useMe } from '../frame.tsx';
import { moment, plural } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Panel } from '../parts/page.tsx';
import type { PreviewFacts } from './preview-types.ts';

type ConflictShown = PreviewFacts['conflicts'][number];

/** What a person can do, by code; where the explanation does not say it. */
const TO_DO: Readonly<Partial<Record<ConflictShown['code'], string>>> = {
  'changed-since': 'To take them back too, change the choices: “Also take back what was changed again since”.',
  'key-of-another-tenant': 'Leave the table out, or restore without these rows.',
  'unique-taken': 'Change or delete the rows that have the value now, or leave these rows out.',
  'unique-taken-elsewhere': 'Another row outside this tenant has the value: leave these rows out.',
  'missing-parent': 'Restore the parents too: name their table, or restore everything.',
  'parent-of-another-tenant': 'Leave these rows out.',
  'still-referenced': 'Restore the referring tables too, or leave these rows out.',
  'still-referenced-elsewhere': 'Rows outside the selection refer to them: leave these rows out.',
  'not-null': 'Give the column a default, or leave the table out.',
  'new-column-without-value': 'Give the new column a default.',
  'check-violated': 'Leave these rows out, or relax the constraint.',
  'partition-missing': 'Create the partition.',
  'table-missing': 'Create the table, or leave it out by name.',
  'table-unowned': 'Add the table to the tenant model, or leave it out by name.',
  'table-without-key': 'Give the table a key, or leave it out by name.',
  'table-not-in-backup': 'Choose a later moment, or leave the table out by name.',
  'table-undecided': 'Answer the open question in the tenant model, or leave the table out by name.',
};

interface ConflictsProps {
  readonly conflicts: readonly ConflictShown[];
  /** Of a restore that was done: there is nothing left to do about them. */
  readonly isPast?: boolean;
}

export function Conflicts({ conflicts, isPast = false }: ConflictsProps) {
  if (conflicts.length === 0) return null;
  const blocking = conflicts.filter(each => each.blocking).length;
  return (
    <section className={`notice ${blocking > 0 ? 'bad' : 'warn'}`} aria-label="Conflicts">
      <Icon name="warn" />
      <div>
        <strong>
          {blocking > 0
            ? `${plural(blocking, 'conflict')} must be resolved before this can be restored`
            : `${plural(conflicts.length, 'conflict')} to know about`}
        </strong>
        <ul className="conflicts">
          {conflicts.map(each => (
            <Conflict key={`${each.code} ${each.table} ${each.about}`} conflict={each} isPast={isPast} />
          ))}
        </ul>
      </div>
    </section>
  );
}

function Conflict({ conflict, isPast }: { readonly conflict: ConflictShown; readonly isPast: boolean }) {
  const { code, table, explanation, blocking, by } = conflict;
  const { data: me } = useMe();
  return (
    <li>
      <p>
        <code>{table}</code> {explanation}
      </p>
      {TO_DO[code] && !isPast && (
        <p className="dim">
          {blocking ? 'To do: ' : ''}
          {TO_DO[code]}
        </p>
      )}
      {by && by.length > 0 && (
        <p className="dim">
          Changed by{' '}
          {by
            .map(
              ({ xid, time, rows }) =>
                `transaction ${xid} at ${moment(time, me?.timeZone ?? 'UTC')} (${plural(rows, 'row')})`,
            )
            .join(', ')}
        </p>
      )}
    </li>
  );
}

export function Notes({ preview: { notes, sequences, triggersSuppressed } }: { readonly preview: PreviewFacts }) {
  return (
    <Panel title="Good to know">
      <ul className="notes">
        {notes.map(({ code, table, text }) => (
          <li key={`${code} ${table} ${text}`}>
            {table !== null && !text.includes(table) && <code>{table}: </code>}
            {text}
          </li>
        ))}
        {sequences.map(({ sequence, now, to }) => (
          <li key={sequence}>
            The sequence {sequence} moves from {now} to {to}.
          </li>
        ))}
        <li>
          {triggersSuppressed
            ? 'Triggers and foreign-key actions of the application do not fire.'
            : 'Triggers of the application fire: Holdfast’s role may not suppress them.'}
        </li>
        <li>
          Rows that the application changes before it is applied are never overwritten: the restore is then refused.
        </li>
        <li>It can be undone.</li>
      </ul>
    </Panel>
  );
}
