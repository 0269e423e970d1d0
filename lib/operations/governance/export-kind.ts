/** The action `export`: rows leave the vault in clear, where the requester has the right to a tenant's rows. */
import type * as z from 'zod';
import { ExportInput, ExportPlan, type ExportProof } from '../../domain/export-request.ts';
import type { ExportPlace } from '../../ports.ts';
import { exportTenant } from '../archive/export-tenant.ts';
import { planExport } from '../archive/plan-export.ts';
import type { Context } from '../context.ts';
import type { ActionDeps, ActionKind } from './action-kind.ts';
import { exportNeedsDatabase } from './export-needs-database.ts';

/** `place`: where the executor can write. */
export function exportKind(place: ExportPlace): ActionKind<z.output<typeof ExportInput>, ExportPlan, ExportProof> {
  return {
    action: 'export',
    input: ExportInput,
    plan: ExportPlan,
    // Its position stands in it; the live schema and the log go on meanwhile.
    keepsPlan: true,
    makePlan: (deps, tenant, input) => planExport(withDatabase(deps), tenant, input),
    describe: ({ time, position, form, tables, leftOut }) => [
      `Write the rows of ${tables.length} tables as of ${time} (position ${position}) in clear, as ${form}, into a new directory of the machine that executes it.`,
      'Holdfast protects and removes none of these files: no retention, hold or destruction reaches them.',
      ...tables.map(({ table, rows }) => `${table}: about ${rows} rows.`),
      ...leftOut.map(({ table, what, why }) => `Not in it: ${table === null ? '' : `${table}: `}${what} (${why}).`),
    ],
    async execute(deps, tenant, plan, { request }) {
      return { proof: await exportTenant(withDatabase(deps), tenant, plan, { request, place }), records: {} };
    },
  };
}

function withDatabase({ source, ...deps }: ActionDeps): Context {
  if (source) return { ...deps, source };
  throw exportNeedsDatabase();
}
