/** What a person has changed in the forms, and what of it goes into the patch: only that. */
import type { paths } from '../api/paths.ts';

export type Configuration = paths['/configuration']['get']['responses'][200]['content']['application/json'];
export type Editable = Configuration['editable'];
export type Edit = paths['/configuration/patch']['post']['requestBody']['content']['application/json'];

export const PARTS = { keep: 'Retention', approvals: 'Approvals', messages: 'Messages', drills: 'Drills' } as const;
export type Part = keyof typeof PARTS;

/** Members that differ; an empty text takes a field out. */
export function editOf(before: Editable, after: Editable): Edit {
  const { reasons: reasonsBefore = {}, ...keepBefore } = before.keep;
  const { reasons: reasonsAfter = {}, ...keepAfter } = after.keep;
  return {
    ...part('keep', changed(keepBefore, keepAfter)),
    ...part('keepReasons', changed(reasonsBefore, reasonsAfter)),
    ...part('drills', changed(before.drills, after.drills)),
    ...(isSame(before.approvals, after.approvals)
      ? {}
      : { approvals: after.approvals.length === 0 ? null : after.approvals }),
    ...(isSame(before.messages, after.messages)
      ? {}
      : { messages: after.messages.length === 0 ? null : after.messages }),
  } as Edit;
}

function part(name: string, fields: Readonly<Record<string, unknown>>) {
  return Object.keys(fields).length === 0 ? {} : { [name]: fields };
}

function changed(before: object, after: object): Record<string, unknown> {
  const old = before as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(after)
      .filter(([name, value]) => !isSame(value ?? null, old[name] ?? null))
      .map(([name, value]) => [name, value === '' ? null : value]),
  );
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
