/**
 * What a person asks for when they ask for a restore: whose rows, as of when, which of them, and where to. The same
 * document comes from the command line, the API and a state machine, is printed in the preview, hashed into the plan
 * and kept in the restore record. Invariant: it holds nothing that may not be stored (no password: `into` is redacted
 * by `storableRequest`).
 */
import { z } from 'zod';
import { unaccepted } from './destination.ts';
import { InputError } from './errors.ts';
import { Component } from './tenant-model.ts';

/**
 * `exact`: the rows in scope become what they were at the target (inserts, updates, deletes). `missing-only`: rows that
 * no longer exist come back, nothing that lives is touched. `columns`: only the named columns of rows that live.
 */
export const RestoreMode = z.enum(['exact', 'missing-only', 'columns']);
export type RestoreMode = z.infer<typeof RestoreMode>;

const TableText = z.string().min(1).max(300);

export const RestoreRequest = z
  .strictObject({
    format: z.literal('holdfast.restore-request/1').default('holdfast.restore-request/1'),
    /** The tenant column's value in PostgreSQL's text form. */
    tenant: z.string().min(1),
    /** ISO 8601, "2 hours ago", an LSN, a marker, or `before:<restore id>`. */
    target: z.string().min(1),
    mode: RestoreMode.default('exact'),
    /** Tables by their name in the model, or by the bare name where only one schema has it. Empty: all. */
    tables: z.array(TableText).default([]),
    components: z.array(Component).default([]),
    /** Tables to leave out, by name: neither compared nor written. The result is then partial. */
    exclude: z.array(TableText).exactOptional(),
    /** Table → boolean expression over its columns. A row is in scope where it holds now or held at the target. */
    rows: z.record(TableText, z.string().min(1).max(4000)).default({}),
    /** Table → keys, each the text values of the key columns in order (with or without the tenant column). */
    keys: z.record(TableText, z.array(z.array(z.string()).min(1)).min(1)).default({}),
    /** Table → columns, for mode `columns`. */
    columns: z.record(TableText, z.array(z.string().min(1)).min(1)).default({}),
    /** Id of the restore that is undone: only what it wrote and nobody changed since. The target is just before it. */
    undoes: z.string().min(1).exactOptional(),
    /** Rows that referred to rows that come back, and are gone too, come back with them, level by level. */
    withChildren: z.boolean().default(false),
    /** Hand the staged state over as a schema of its own beside the live tables. */
    sideBySide: z.boolean().default(false),
    /** Database URL to restore into instead of the source database. */
    into: z.string().optional(),
    /** Restore as a tenant with this id, with new surrogate keys. */
    asTenant: z.string().min(1).optional(),
    /** With `asTenant`: table → column → template of the copy's value, `{}` the old one, `{tenant}` the new tenant. */
    mapped: z.record(TableText, z.record(z.string().min(1), z.string().min(1).max(300))).exactOptional(),
    /** Rows per transaction; absent: one transaction for all. A restore in batches can be seen half done. */
    batches: z.number().int().positive().optional(),
    requestedBy: z.string().default('unknown'),
    approvedBy: z.array(z.string()).default([]),
    reason: z.string().default(''),
    /** How many changed rows per table the preview shows; 0 for none. */
    samples: z.number().int().min(0).max(100).default(5),
  })
  .superRefine((request, context) => {
    const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const columns = Object.keys(request.columns).length > 0;
    if (request.mode === 'columns' && !columns) complain('columns', 'mode columns needs at least one column');
    if (request.mode !== 'columns' && columns) complain('columns', 'columns require mode columns');
    if (request.withChildren && request.mode === 'columns')
      complain('withChildren', 'mode columns restores no rows: omit it');
    if (request.exclude?.some(table => request.tables.includes(table)))
      complain('exclude', 'a table cannot be both selected and excluded');
    const places = [request.sideBySide, request.into !== undefined, request.asTenant !== undefined];
    if (places.filter(Boolean).length > 1)
      complain('into', 'choose one of: side by side, into another database, as a new tenant');
    for (const [field, why] of unaccepted(request)) complain(field, why);
    if (request.asTenant === request.tenant) complain('asTenant', 'the new tenant cannot have the same id');
  });
export type RestoreRequest = z.infer<typeof RestoreRequest>;

/** Parses what came from outside. InputError `bad-request` that names the fields, never their values. */
export function parseRestoreRequest(input: unknown): RestoreRequest {
  const parsed = RestoreRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(issue => `${issue.path.join('.') || 'request'}: ${issue.message}`);
  throw new InputError('bad-request', `The restore request is not valid: ${problems.join('; ')}.`, {
    hint: 'Correct the named fields.',
    details: { problems },
  });
}

/** The request as it may be stored and hashed: without the password of `into`. */
export function storableRequest(request: RestoreRequest): RestoreRequest {
  if (request.into === undefined) return request;
  let place = 'another database';
  try {
    const url = new URL(request.into);
    place = `${url.protocol}//${url.hostname}:${url.port || '5432'}${url.pathname}`;
  } catch {
    // Not a URL: connecting says so; nothing of it is kept.
  }
  return { ...request, into: place };
}

/** True where only a part of the tenant's rows is asked for. */
export function isFiltered(request: RestoreRequest): boolean {
  return (
    request.tables.length + request.components.length > 0 ||
    Object.keys(request.rows).length + Object.keys(request.keys).length + Object.keys(request.columns).length > 0
  );
}
