/** `verify --live`: proves, tenant by tenant, that backups and log are complete up to this moment. */
import { InvalidArgumentError } from 'commander';
import { InputError, IntegrityError } from '../../lib/domain/errors.ts';
import type { TenantId } from '../../lib/domain/tenant.ts';
import { dueForProof } from '../../lib/operations/catalog/live-proof.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import {
  databaseTenants,
  type LiveFleetResult,
  verifyLiveFleet,
} from '../../lib/operations/fleet/verify-live-fleet.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { errorDocument, exitCodeOf, renderError } from '../terminal/error-text.ts';
import { duration, momentAgo, plural, printable } from '../terminal/format.ts';
import type { Session } from '../terminal/session.ts';

export interface LiveOptions {
  readonly all?: boolean;
  readonly within?: number;
}

export function days(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= 366))
    throw new InvalidArgumentError('Must be between 1 and 366 days.');
  return value;
}

export async function verifyLiveRows(
  session: Session,
  tenant: string | undefined,
  options: LiveOptions,
): Promise<void> {
  if (session.remote)
    throw new InputError('not-on-aws', 'On AWS the state machine verify-fleet compares with the live rows.', {
      hint: 'Start it with `holdfast --profile PROFILE verify TENANT`.',
    });
  const ctx = await session.context();
  const result = await verifyLiveFleet(ctx, await chosen(ctx, tenant, options));
  const errors = result.failed.map(({ error }) => error);
  if (tenant !== undefined && errors[0]) throw errors[0];
  const worst = errors.find(error => error instanceof IntegrityError) ?? errors[0];
  if (worst) session.exitWith(exitCodeOf(worst));
  const document = {
    ok: result.ok,
    failed: result.failed.map(({ tenantId: id, error }) => ({ tenantId: id, ...errorDocument(error) })),
  };
  session.emit(document, () => renderLive(result, session));
}

async function chosen(ctx: Context, tenant: string | undefined, options: LiveOptions): Promise<TenantId[]> {
  const ways = [tenant !== undefined, options.all === true, options.within !== undefined].filter(Boolean).length;
  if (ways !== 1)
    throw new InputError('bad-option', 'Specify which tenants: one by its id, --all, or --within DAYS.', {
      hint: 'For example `holdfast verify --live TENANT`.',
    });
  if (tenant !== undefined) return [await spellTenant(ctx, tenant)];
  const all = await databaseTenants(ctx);
  if (options.within === undefined) return all;
  const refs = new Map(all.map(id => [refOf(ctx, id), id]));
  return (await dueForProof(ctx, [...refs.keys()], options.within)).map(ref => refs.get(ref)!);
}

function renderLive({ ok, failed }: LiveFleetResult, session: Session): string {
  const { style } = session;
  if (ok.length + failed.length === 0) return 'No tenant is due today.\n';
  const lines = ok.map(({ tenantId: id, rows, tables, time, durationMs, unchecked }) => {
    const left = unchecked.map(
      ({ table, why }) => `    ${style.warn('!')} ${printable(table)} was not compared: ${why}\n`,
    );
    const when = momentAgo(time, session.zone(), session.now());
    return `${style.good('✓')} ${style.bold(printable(id))}: ${plural(rows, 'row')} in ${plural(tables.length, 'table')} rebuilt as of ${when}, identical to the live rows, in ${duration(durationMs)}\n${left.join('')}`;
  });
  const faults = failed.map(
    ({ tenantId: id, error }) => `${style.bad('✗')} ${style.bold(printable(id))}\n${renderError(error, style)}`,
  );
  return [...lines, ...faults].join('');
}
