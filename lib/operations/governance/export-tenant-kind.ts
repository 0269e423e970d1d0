/**
 * The action `export` where functions carry it out, call after call: into the vault, sealed. Invariant: what is executed is the
 * plan that was approved, at its position.
 */
import { exportToVault } from '../archive/export-to-vault.ts';
import { NO_LIMIT } from '../time-budget.ts';
import { askedExportKind, type SealedExportKind } from './asked-export-kind.ts';
import { requestUnfinished } from './carry-out-request.ts';
import { exportNeedsDatabase } from './export-needs-database.ts';

export const sealedExportKind: SealedExportKind = {
  ...askedExportKind,
  async execute({ source, ...deps }, tenant, plan, { request }) {
    if (source === undefined) throw exportNeedsDatabase();
    const { budget = NO_LIMIT } = deps;
    return exportToVault({ ...deps, source }, tenant, { request, plan, budget, unfinished: requestUnfinished });
  },
};
