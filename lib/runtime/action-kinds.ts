/** The kinds of actions that people can ask for. A kind that is not listed cannot be requested or executed. */
import type { ActionKind } from '../operations/governance/action-kind.ts';
import { destroyKind } from '../operations/governance/destruction/destroy-kind.ts';
import { holdKind, releaseKind } from '../operations/governance/holds/hold-kinds.ts';
import { restoreKind } from '../operations/governance/restore-kind.ts';

export const ACTION_KINDS: readonly ActionKind[] = [
  restoreKind,
  holdKind,
  releaseKind,
  destroyKind(),
] as readonly ActionKind[];
