/**
 * The name by which a tenant is known, from how a row in the log spells it. What only the database can tell (citext is
 * folded by its locale) is noted, asked for in one statement and remembered.
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

  /** Undefined where the database must be asked: what is missing is noted then. */
  name(canonical: Canonical, spelling: string): string | undefined {
    const name = canonicalTenant(canonical, spelling) ?? this.#folded.get(spelling);
    if (name === undefined) this.#wanted.add(spelling);
    return name;
  }

  /** Asks the database for what is noted. */
  async resolve(): Promise<void> {
    if (this.#wanted.size === 0) return;
    const spellings = [...this.#wanted];
    const names = await foldTenants(this.#view, spellings);
    for (const [index, spelling] of spellings.entries()) this.#folded.set(spelling, names[index]!);
    this.#wanted.clear();
  }
}
