/** Stores the approval of a shorter retention, which the next expiry applies. */
import type { ActionKind } from '../lib/operations/governance/action-kind.ts';
import { changePolicy } from '../lib/operations/governance/change-policy.ts';
import { carryOutHandler } from '../lib/runtime/carry-out.ts';

export const handler = carryOutHandler(changePolicy as ActionKind);
