/** A request as the API answers it, in words. */
import type { paths } from '../api/paths.ts';
import type { Tone } from '../parts/state.tsx';

export type RequestOpened =
  paths['/tenants/{tenant}/requests/{request}']['get']['responses'][200]['content']['application/json'];

export const STATE_TONES: Readonly<Record<RequestOpened['state'], Tone>> = {
  ...{ waiting: 'warn', approved: 'warn', executing: 'warn', done: 'good' },
  ...{ refused: 'bad', expired: 'plain', cancelled: 'plain', failed: 'bad' },
};

const ACTIONS: Readonly<Record<RequestOpened['action'], string>> = {
  restore: 'Restore',
  export: 'Export',
  hold: 'Legal hold',
  release: 'Release of a hold',
  destroy: 'Destruction',
  'change-policy': 'Change of retention',
  'fail-over': 'Fail-over',
};

/** `Restore of acme`. */
export function titleOf({ action, name, tenant }: RequestOpened): string {
  const whom = name ?? (tenant === 'system' ? undefined : tenant);
  return whom === undefined ? ACTIONS[action] : `${ACTIONS[action]}: ${whom}`;
}

export function approvalsOf({ decisions, approvals }: RequestOpened): string {
  const agreed = decisions.filter(({ agrees }) => agrees).length;
  return approvals === 0 ? 'none needed' : `${agreed} of ${approvals}`;
}

export function isOpen({ state }: RequestOpened): boolean {
  return state === 'waiting' || state === 'approved' || state === 'executing';
}
