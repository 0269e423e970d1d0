/**
 * Rows that both the chosen transactions and others changed, version by version. Invariant: only versions of this tenant's
 * rows are followed. The unrouted log has rows of others: where it does not say whose a version is, what the chosen
 * transactions did to the row cannot be said either, and the request is refused.
 */
import { CLASH, oneStep, type RowVersion, type VersionRow } from '../../../domain/take-back.ts';
import type { TenantId } from '../../../domain/tenant.ts';
import { canonicalTenant } from '../../../domain/tenant-text.ts';
import type { StagedTable } from '../../../postgres/staging/staging.ts';
import type { MixedRow, SettledRow } from '../../../postgres/staging/step-rows.ts';
import { cannotRevert } from './cannot-revert.ts';
import type { LoggedRowChange } from './logged-changes.ts';

interface FollowedRow {
  readonly found: MixedRow;
  readonly changes: RowVersion[];
  /** Every value of every version is in the log. */
  isKnown: boolean;
  /** Every version is this tenant's. */
  isOurs: boolean;
}

export class FollowedRows {
  readonly #table: StagedTable;
  readonly #tenant: TenantId;
  readonly #rows: FollowedRow[];
  readonly #bySpelling = new Map<string, number>();

  constructor(table: StagedTable, tenant: TenantId, found: readonly MixedRow[]) {
    this.#table = table;
    this.#tenant = tenant;
    this.#rows = found.map(row => ({ found: row, changes: [], isKnown: true, isOurs: true }));
    for (const [index, { spellings }] of found.entries())
      for (const key of spellings) this.#bySpelling.set(JSON.stringify(key), index);
  }

  follow({ oldKey, newKey, values, log }: LoggedRowChange, selected: boolean): void {
    const [from, to] = [this.#find(oldKey ?? newKey), this.#find(newKey)];
    const before = from === undefined ? undefined : this.#last(from);
    if (from !== undefined && from !== to) this.#push(from, { row: null, selected });
    if (to === undefined) return;
    const row: Record<string, string | null> = {};
    for (const [at, { name }] of this.#table.columns.entries()) {
      const value = values![at];
      const text = value === undefined ? before?.[name] : value === null ? null : value.toString('utf8');
      // A large value that did not change, of a row that is not followed.
      if (text === undefined) this.#rows[to]!.isKnown = false;
      row[name] = text ?? null;
    }
    const isOurs = log === 'own' || this.#isOurs(row, before);
    if (isOurs === undefined) this.#rows[to]!.isOurs = false;
    this.#push(to, { row: isOurs === false ? null : row, selected });
  }

  /** Whether a version in the unrouted log is this tenant's; undefined: it does not say. `before`: the version before it. */
  #isOurs(row: VersionRow, before: VersionRow | null | undefined): boolean | undefined {
    const { owned, schema } = this.#table;
    if (owned.kind === 'via') {
      // A row of this tenant that still has its parent.
      const kept = before && owned.path[0]!.columns.every(name => before[name] === row[name]);
      return kept ? true : undefined;
    }
    const canonical = schema.columns.find(({ name }) => name === owned.column)?.equality?.canonical ?? 'text';
    const value = row[owned.column];
    if (value === null || value === undefined) return value === null ? false : undefined;
    const name = canonicalTenant(canonical, value);
    return name === undefined ? undefined : name === canonicalTenant(canonical, this.#tenant);
  }

  /** Of several changes of others in a row, only the last can matter. */
  #push(index: number, change: RowVersion): void {
    const { changes } = this.#rows[index]!;
    if (!change.selected && changes.at(-1)?.selected === false) changes.pop();
    changes.push(change);
  }

  /** InputError `cannot-revert`. */
  settled(): SettledRow[] {
    return this.#rows.map(({ found, changes, isKnown, isOurs }) => {
      const step = isKnown ? oneStep(found.row, changes) : CLASH;
      const isNothing = step === CLASH || (step.before === null && step.after === null);
      if (!isOurs && !isNothing)
        throw cannotRevert(
          `the change log does not say whose rows of ${this.#table.table} they and others changed`,
          this.#table.table,
        );
      return { key: found.spellings[0]!, rows: step };
    });
  }

  #find(key: readonly Buffer[] | undefined): number | undefined {
    return key && this.#bySpelling.get(JSON.stringify(key.map(value => value.toString('utf8'))));
  }

  #last(index: number): VersionRow | null {
    const { found, changes } = this.#rows[index]!;
    return changes.length === 0 ? found.row : changes.at(-1)!.row;
  }
}
