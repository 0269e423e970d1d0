/**
 * The canonical name of a tenant, from its spelling in a row of the log. What only the database can decide (citext is
 * folded by its locale) is noted, looked up in one statement and cached.
 */
import { type Canonical, canonicalTenant } from '../../domain/tenant-text.ts';
import type { Connection } from '../../postgres/connection.ts';
import { foldTenants } from '../../postgres/log/parent-lookup.ts';

export class TenantNames {
  readonly #view: Connection;
  readonly #folded = new Map<string, string>();
  readonly #wanted = new Set<string>();

  constructor(view: Connection) {
    this.#view = view;
  }

  /** Undefined where the database must be queried: the spelling is noted for that. */
  name(canonical: Canonical, spelling: string): string | undefined {
    const name = canonicalTenant(canonical, spelling) ?? this.#folded.get(spelling);
    if (name === undefined) this.#wanted.add(spelling);
    return name;
  }

  /** Looks up the noted spellings in the database. */
  async resolve(): Promise<void> {
    if (this.#wanted.size === 0) return;
    const spellings = [...this.#wanted];
    const names = await foldTenants(this.#view, spellings);
    for (const [index, spelling] of spellings.entries()) this.#folded.set(spelling, names[index]!);
    this.#wanted.clear();
  }
}
