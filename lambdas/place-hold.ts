/**
 * Places an approved legal hold, or continues it: it can set holds, and remove none. It reaches no key of a tenant that is
 * being destroyed: the state machine has it brought back by finish-destructions, between two calls of this.
 */
import type { ActionKind } from '../lib/operations/governance/action-kind.ts';
import { holdKind } from '../lib/operations/governance/holds/place-hold-kind.ts';
import { carryOutHandler } from '../lib/runtime/carry-out.ts';

export const handler = carryOutHandler(holdKind as ActionKind, deps => ({ ...deps, stopsElsewhere: true }));
