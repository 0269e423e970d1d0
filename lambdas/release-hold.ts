/** Releases a legal hold that two people approved, or continues that. */
import type { ActionKind } from '../lib/operations/governance/action-kind.ts';
import { releaseKind } from '../lib/operations/governance/holds/release-hold-kind.ts';
import { carryOutHandler } from '../lib/runtime/carry-out.ts';

export const handler = carryOutHandler(releaseKind as ActionKind);
