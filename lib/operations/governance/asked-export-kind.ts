/**
 * The action `export` on AWS, for whoever asks for it: planned without a database. Invariant: nobody who asks, approves or
 * carries it out sees a row; the files are sealed under the tenant's key, and who fetches them needs the right to rows.
 */
import type * as z from 'zod';
import { type ExportProof, SealedExportInput, SealedExportPlan } from '../../domain/export-request.ts';
import { EXPORT_KEPT_DAYS } from '../../domain/sealed-export.ts';
import { planSealedExport } from '../archive/plan-export.ts';
import type { ActionKind } from './action-kind.ts';
import { exportNeedsDatabase } from './export-needs-database.ts';

export type SealedExportKind = ActionKind<z.output<typeof SealedExportInput>, SealedExportPlan, ExportProof>;

export const askedExportKind: SealedExportKind = {
  action: 'export',
  input: SealedExportInput,
  plan: SealedExportPlan,
  // Its position stands in it; the live schema and the log go on meanwhile.
  keepsPlan: true,
  makePlan: planSealedExport,
  describe: ({ time, position, form, tables, leftOut }) => [
    `Write the rows of ${tables.length} tables as of ${time} (position ${position}), as ${form}, sealed under the tenant's key into the vault.`,
    `Whoever may read the tenant's rows can fetch them for ${EXPORT_KEPT_DAYS} days; then they expire.`,
    ...tables.map(({ table, rows }) => `${table}: about ${rows} rows.`),
    ...leftOut.map(({ table, what, why }) => `Not in it: ${table === null ? '' : `${table}: `}${what} (${why}).`),
  ],
  execute() {
    throw exportNeedsDatabase();
  },
};
