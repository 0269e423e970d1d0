/** The kinds of actions that people can ask for. A kind that is not listed cannot be requested or executed. */
import { exportPlace } from '../local/export-directory.ts';
import { failoverKind } from '../operations/failover/failover-kind.ts';
import type { ActionKind } from '../operations/governance/action-kind.ts';
import { changePolicy } from '../operations/governance/change-policy.ts';
import { destroyKind } from '../operations/governance/destruction/destroy-tenant-kind.ts';
import { exportKind } from '../operations/governance/export-kind.ts';
import { holdKind } from '../operations/governance/holds/place-hold-kind.ts';
import { releaseKind } from '../operations/governance/holds/release-hold-kind.ts';
import { restoreKind } from '../operations/governance/restore-kind.ts';

export const ACTION_KINDS: readonly ActionKind[] = [
  restoreKind,
  exportKind(exportPlace),
  changePolicy,
  holdKind,
  releaseKind,
  destroyKind(),
  failoverKind,
] as readonly ActionKind[];
