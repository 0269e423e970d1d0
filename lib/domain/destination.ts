/**
 * The destinations of a restore and the options that each accepts: in one table, for a machine that reaches the
 * database and for the functions of a deployment. What is not accepted is refused before anything is read.
 */
import { InputError } from './errors.ts';
import type { RestoreMode, RestoreRequest } from './restore-request.ts';
import { type TenantId, tenantId } from './tenant.ts';

export type Destination =
  /** The tenant's live rows are changed. */
  | { readonly kind: 'in-place' }
  /** A separate schema beside the live tables. */
  | { readonly kind: 'side-by-side' }
  /** Another database; its URL can contain a password. */
  | { readonly kind: 'database'; readonly url: string }
  /** A new tenant in the same tables. `mapped`: table → column → template of the copy's value. */
  | {
      readonly kind: 'tenant';
      readonly tenant: TenantId;
      readonly mapped: Readonly<Record<string, Readonly<Record<string, string>>>>;
    };

type Places = Pick<RestoreRequest, 'sideBySide' | 'into' | 'asTenant' | 'mapped'>;

export function destinationKind({ sideBySide, into, asTenant }: Places): Destination['kind'] {
  if (sideBySide) return 'side-by-side';
  if (into !== undefined) return 'database';
  return asTenant === undefined ? 'in-place' : 'tenant';
}

export function destinationOf({ sideBySide, into, asTenant, mapped }: Places): Destination {
  if (sideBySide) return { kind: 'side-by-side' };
  if (into !== undefined) return { kind: 'database', url: into };
  if (asTenant !== undefined) return { kind: 'tenant', tenant: tenantId(asTenant), mapped: mapped ?? {} };
  return { kind: 'in-place' };
}

interface Accepted {
  readonly modes: readonly RestoreMode[];
  /** An undo of what an earlier restore wrote. */
  readonly undo: boolean;
  /** Other values for columns of the copy. */
  readonly mapped: boolean;
  readonly batches: boolean;
  /** A preview, which can be kept. */
  readonly preview: boolean;
}

const STATES = ['exact', 'missing-only', 'columns'] as const;
const ANY = [...STATES, 'merge'] as const;
const EXACT = ['exact'] as const;

/** For a machine that reaches the database. */
const BY_MACHINE: Readonly<Record<Destination['kind'], Accepted>> = {
  'in-place': { modes: ANY, undo: true, mapped: false, batches: true, preview: true },
  'side-by-side': { modes: STATES, undo: false, mapped: false, batches: true, preview: false },
  database: { modes: STATES, undo: false, mapped: false, batches: true, preview: false },
  tenant: { modes: EXACT, undo: false, mapped: true, batches: true, preview: false },
};

/** For the functions. Not into another database: no password passes through a state machine. */
const BY_FUNCTIONS: Readonly<Record<Destination['kind'], Accepted | null>> = {
  'in-place': { modes: ANY, undo: true, mapped: false, batches: true, preview: true },
  'side-by-side': { modes: EXACT, undo: false, mapped: false, batches: false, preview: false },
  database: null,
  tenant: { modes: EXACT, undo: false, mapped: true, batches: true, preview: true },
};

/**
 * The fields of a request that its destination does not accept. `undoes` and `mapped` each belong to one destination.
 */
export function unaccepted(request: Places & Pick<RestoreRequest, 'mode' | 'undoes'>): Map<string, string> {
  const accepted = BY_MACHINE[destinationKind(request)];
  const found = new Map<string, string>();
  if (request.mode === 'merge' && !accepted.modes.includes('merge'))
    found.set('mode', 'transactions are taken back in place');
  else if (!accepted.modes.includes(request.mode))
    found.set('asTenant', 'a restore as a new tenant requires mode exact');
  if (request.undoes !== undefined && !(accepted.undo && request.mode === 'exact'))
    found.set('undoes', 'an undo is in place and in mode exact');
  if (request.mapped !== undefined && !accepted.mapped)
    found.set('mapped', 'values are mapped only in a restore as a new tenant');
  return found;
}

/** InputError `preview-in-place-only`: `what` needs a difference. */
export function refusePreview(request: Places, what: string): void {
  if (BY_MACHINE[destinationKind(request)].preview) return;
  throw new InputError(
    'preview-in-place-only',
    `${what} requires a restore in place: other destinations overwrite nothing.`,
    { hint: 'Omit --side-by-side, --into and --as, or use them with `holdfast restore`.' },
  );
}

/** InputError `into-not-here`, `approved-by-not-here`, `side-by-side-alone`. */
export function refuseForFunctions(request: RestoreRequest, previewOnly: boolean): void {
  const accepted = BY_FUNCTIONS[destinationKind(request)];
  if (accepted === null)
    throw new InputError(
      'into-not-here',
      'State machines do not restore into another database: its address is a secret.',
      {
        hint: 'Run `holdfast restore … --into URL` where that database can be reached. No password passes through a state machine.',
      },
    );
  if (request.approvedBy.length > 0)
    throw new InputError('approved-by-not-here', 'A request cannot name its own approver.', {
      hint: 'Remove approvedBy: people approve at the approval URL.',
    });
  const asks = [
    previewOnly && !accepted.preview,
    request.batches !== undefined && !accepted.batches,
    !accepted.modes.includes(request.mode),
  ];
  if (asks.includes(true))
    throw new InputError(
      'side-by-side-alone',
      'A side-by-side restore delivers the complete state: nothing is compared.',
      {
        hint: 'Omit previewOnly, batches and mode.',
      },
    );
}
