/**
 * Converts a staged state to a document and back: for a plan file, and for the staging schema between the calls of a
 * restore.
 */
import { formatLsn, parseLsn } from '../../../domain/lsn.ts';
import { StagedDocument } from '../../../domain/plan-file.ts';
import type { TenantId } from '../../../domain/tenant.ts';
import type { OwnedTable } from '../../../domain/tenant-model.ts';
import type { Source } from '../../../postgres/connection.ts';
import type { Staging } from '../../../postgres/staging/staging.ts';

/** What the difference needs of a staging; a plan file contains the same. */
export type StagedState = Pick<
  Staging,
  'id' | 'schema' | 'source' | 'session' | 'tenant' | 'ref' | 'target' | 'tables' | 'notes'
>;

export function stagedDocument(staging: StagedState): StagedDocument {
  return StagedDocument.parse({
    ...{ id: staging.id, schema: staging.schema, tenantRef: staging.ref, target: formatLsn(staging.target) },
    ...{ notes: staging.notes, tables: staging.tables },
  });
}

export function stagedState(document: StagedDocument, source: Source, tenant: TenantId): StagedState {
  const { id, schema, notes, tables } = document;
  return {
    ...{ id, schema, source, notes },
    tenant,
    ref: document.tenantRef,
    target: parseLsn(document.target),
    tables: tables.map(table => ({ ...table, owned: table.owned as OwnedTable })),
  };
}
