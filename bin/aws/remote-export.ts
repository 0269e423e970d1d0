/**
 * Fetches an export from an installation on AWS, with the person's own rights: the vault and the keys decide who may read
 * rows, and no function hands any out.
 */
import type { ExportProof } from '../../lib/domain/export-request.ts';
import { exportPlace } from '../../lib/local/export-directory.ts';
import { fetchExport } from '../../lib/operations/governance/fetch-export.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import type { Session } from '../terminal/session.ts';

interface FetchedExport {
  /** As a person writes it. */
  readonly tenant: string;
  readonly request: string;
  /** Absolute path. */
  readonly directory: string;
}

/** Emits the proof. Throws what fetchExport() throws. */
export async function fetchThere(
  session: Session,
  { tenant: typed, request, directory }: FetchedExport,
  render: (proof: ExportProof) => string,
): Promise<void> {
  const { ref: tenant } = await askedTenant(session, typed);
  const deps = await session.storage();
  const principal = await session.principal();
  const proof = await fetchExport(deps, { principal, tenant, request, directory, place: exportPlace });
  session.emit({ request, tenant, directory, proof }, () => render(proof));
}
