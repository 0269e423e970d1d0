/** Places an approved legal hold, or continues it: it can set holds, and remove none. */
import type { ActionKind } from '../lib/operations/governance/action-kind.ts';
import { holdKind } from '../lib/operations/governance/holds/place-hold-kind.ts';
import { carryOutHandler } from '../lib/runtime/carry-out.ts';

export const handler = carryOutHandler(holdKind as ActionKind);
