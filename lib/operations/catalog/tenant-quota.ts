/**
 * How much a tenant asked for today, in the catalog. Invariant: however many callers ask at once, in however many processes,
 * no more is granted in a UTC day than the limit; what was granted is used, whatever came of it.
 */
import * as z from 'zod';
import { DAY_MS } from '../../domain/daily-share.ts';
import { HoldfastError, InputError } from '../../domain/errors.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { parsed } from './typed-items.ts';

export const QUOTA_KINDS = ['backups', 'previews', 'exports'] as const;
export type QuotaKind = (typeof QUOTA_KINDS)[number];

/** Of the last day on which something was asked for; another day begins at none. */
const QuotaItem = z.object({ day: z.string(), used: z.number().int().nonnegative() });

export interface QuotaState {
  readonly limit: number;
  readonly used: number;
  /** ISO 8601 UTC: when none of it is used any more. */
  readonly freeAt: string;
}

interface QuotaAsked {
  readonly tenant: TenantRef;
  readonly kind: QuotaKind;
  /** In a UTC day. */
  readonly limit: number;
}

type QuotaDeps = Pick<Deps, 'catalog' | 'clock'>;

const partition = (tenant: TenantRef) => `tenant#${tenant}#quotas`;

export async function quotaState(deps: QuotaDeps, asked: QuotaAsked): Promise<QuotaState> {
  return (await readState(deps, asked)).state;
}

/** Uses one of it. InputError `quota-used`. */
export async function takeQuota(deps: QuotaDeps, asked: QuotaAsked): Promise<QuotaState> {
  // Who loses a race has seen another one take: after as many as there are, nothing is left to race for.
  for (let races = 0; ; races++) {
    const { state, day, revision } = await readState(deps, asked);
    if (state.used >= asked.limit) throw quotaUsed(asked, state);
    const used = state.used + 1;
    const put = { partition: partition(asked.tenant), sort: asked.kind, value: QuotaItem.parse({ day, used }) };
    try {
      await deps.catalog.write([{ put, onlyIf: revision === undefined ? 'absent' : { revision } }]);
      return { ...state, used };
    } catch (error) {
      const lost = error instanceof HoldfastError && error.code === 'lost-race';
      if (!lost || races > asked.limit) throw error;
    }
  }
}

async function readState({ catalog, clock }: QuotaDeps, { tenant, kind, limit }: QuotaAsked) {
  const now = clock.now().getTime();
  const day = new Date(now).toISOString().slice(0, 10);
  const item = await catalog.get(partition(tenant), kind);
  const known = item && parsed(QuotaItem, item);
  const used = known?.day === day ? known.used : 0;
  const freeAt = new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString();
  return { state: { limit, used, freeAt } satisfies QuotaState, day, revision: item?.revision };
}

function quotaUsed({ kind, limit }: QuotaAsked, { freeAt }: QuotaState): InputError {
  return new InputError('quota-used', `The ${limit} ${kind} that may be asked for in a day are used.`, {
    hint: `Ask again after ${freeAt}, or ask the operators.`,
    details: { kind, limit, freeAt },
  });
}
