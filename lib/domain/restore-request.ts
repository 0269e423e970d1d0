/**
 * A request for a restore: the tenant, the target, the selection and the destination. The same document comes from
 * the command line, the API and a state machine, is printed in the preview, hashed into the plan and stored in the
 * restore record. Invariant: a stored request contains no password (`storableRequest` redacts `into`).
 */
import * as z from 'zod';
import { unaccepted } from './destination.ts';
import { InputError } from './errors.ts';
import { LsnText } from './lsn.ts';
import { Component } from './tenant-model.ts';

/**
 * `exact`: the rows in scope become what they were at the target (inserts, updates, deletes). `missing-only`: deleted
 * rows are restored, live rows stay unchanged. `columns`: only the named columns of live rows are restored. `merge`: only
 * what some transactions did is taken back (`reverts`), and what came later stays.
 */
export const RestoreMode = z.enum(['exact', 'missing-only', 'columns', 'merge']);
export type RestoreMode = z.infer<typeof RestoreMode>;

const TableText = z.string().min(1).max(300);

/** A request with more would not fit into the input of a state machine. */
export const REVERTED_TRANSACTIONS = 1000;

/**
 * Which transactions to take back, of those after the target up to `until`: all of them, `only` some, or all `except` some.
 * By the positions of their commits, in log order.
 */
export const Reverts = z.strictObject({
  until: LsnText,
  only: z.array(LsnText).min(1).max(REVERTED_TRANSACTIONS).exactOptional(),
  except: z.array(LsnText).min(1).max(REVERTED_TRANSACTIONS).exactOptional(),
});
export type Reverts = z.infer<typeof Reverts>;

export const RestoreRequest = z
  .strictObject({
    format: z.literal('holdfast.restore-request/1').default('holdfast.restore-request/1'),
    /** The tenant column's value in PostgreSQL's text form. */
    tenant: z.string().min(1),
    /** ISO 8601, "2 hours ago", an LSN, a marker, or `before:<restore id>`. */
    target: z.string().min(1),
    mode: RestoreMode.default('exact'),
    /** Tables by their name in the model, or by the bare name if it is unique. Empty: all. */
    tables: z.array(TableText).default([]),
    components: z.array(Component).default([]),
    /** Tables to exclude, by name: neither compared nor written. The result is then partial. */
    exclude: z.array(TableText).exactOptional(),
    /**
     * Table → boolean expression over its columns. A row is in scope if the expression is true now or was true at the
     * target.
     */
    rows: z.record(TableText, z.string().min(1).max(4000)).default({}),
    /** Table → keys, each the text values of the key columns in order (with or without the tenant column). */
    keys: z.record(TableText, z.array(z.array(z.string()).min(1)).min(1)).default({}),
    /** Table → columns, for mode `columns`. */
    columns: z.record(TableText, z.array(z.string().min(1)).min(1)).default({}),
    /** Id of the restore to undo: only what it wrote and no one has changed since. The target is just before it. */
    undoes: z.string().min(1).exactOptional(),
    /** For mode `merge`. The target is just before the first of them. */
    reverts: Reverts.exactOptional(),
    /** With `undoes` or `reverts`: also takes back what was changed since. */
    overwrite: z.literal(true).exactOptional(),
    /** Id of the request for many tenants of which this is one. */
    group: z.string().min(1).exactOptional(),
    /** Also restore deleted child rows of restored rows, level by level. */
    withChildren: z.boolean().default(false),
    /** Deliver the staged state as a separate schema beside the live tables. */
    sideBySide: z.boolean().default(false),
    /** Database URL to restore into instead of the source database. */
    into: z.string().optional(),
    /** Restore as a tenant with this id, with new surrogate keys. */
    asTenant: z.string().min(1).optional(),
    /** With `asTenant`: table → column → template of the copy's value, `{}` the old one, `{tenant}` the new tenant. */
    mapped: z.record(TableText, z.record(z.string().min(1), z.string().min(1).max(300))).exactOptional(),
    /** Rows per transaction; absent: a single transaction. With batches, intermediate states are visible. */
    batches: z.number().int().positive().optional(),
    requestedBy: z.string().default('unknown'),
    approvedBy: z.array(z.string()).default([]),
    reason: z.string().default(''),
    /** Maximum changed rows per table in the preview; 0 for none. */
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
    if ((request.mode === 'merge') !== (request.reverts !== undefined))
      complain('reverts', 'mode merge needs the transactions to take back, and no other mode has them');
    if (request.reverts?.only && request.reverts.except)
      complain('reverts', 'name the transactions to take back, or those to keep');
    if (request.reverts && request.batches !== undefined)
      complain('batches', 'transactions are taken back in one transaction');
    if (request.overwrite && !request.reverts && request.undoes === undefined)
      complain('overwrite', 'only an undo or a revert can overwrite later changes');
    const places = [request.sideBySide, request.into !== undefined, request.asTenant !== undefined];
    if (places.filter(Boolean).length > 1)
      complain('into', 'choose one of: side by side, into another database, as a new tenant');
    for (const [field, why] of unaccepted(request)) complain(field, why);
    if (request.asTenant === request.tenant) complain('asTenant', 'the new tenant cannot have the same id');
  });
export type RestoreRequest = z.infer<typeof RestoreRequest>;

/** Parses external input. InputError `bad-request` names the fields, never their values. */
export function parseRestoreRequest(input: unknown): RestoreRequest {
  const parsed = RestoreRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(issue => `${issue.path.join('.') || 'request'}: ${issue.message}`);
  throw new InputError('bad-request', `The restore request is not valid: ${problems.join('; ')}.`, {
    hint: 'Correct the named fields.',
    details: { problems },
  });
}

/** The request for storage and hashing: without the password of `into`. */
export function storableRequest(request: RestoreRequest): RestoreRequest {
  if (request.into === undefined) return request;
  let place = 'another database';
  try {
    const url = new URL(request.into);
    place = `${url.protocol}//${url.hostname}:${url.port || '5432'}${url.pathname}`;
  } catch {
    // Not a URL: connecting reports it; nothing of it is stored.
  }
  return { ...request, into: place };
}

/** True if only some of the tenant's rows are requested. */
export function isFiltered(request: RestoreRequest): boolean {
  return (
    request.tables.length + request.components.length > 0 ||
    Object.keys(request.rows).length + Object.keys(request.keys).length + Object.keys(request.columns).length > 0
  );
}
