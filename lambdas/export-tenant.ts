/**
 * Carries out an approved export: rebuilds the state in a staging schema and writes its files into the vault, sealed under the
 * tenant's key. It answers with counts; no row leaves it in clear.
 */
import type { ActionKind } from '../lib/operations/governance/action-kind.ts';
import { sealedExportKind } from '../lib/operations/governance/export-tenant-kind.ts';
import { carryOutInDatabase } from '../lib/runtime/carry-out.ts';

export const handler = carryOutInDatabase(sealedExportKind as ActionKind);
