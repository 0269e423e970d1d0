/**
 * What each command needs permission for (lib/domain/permission.ts). Invariant: every command of the program is listed; a
 * test compares them.
 */
import type { Permission } from '../../lib/domain/permission.ts';

interface CommandAction {
  readonly permission: Permission;
  /** An allowed run is in the audit trail too: reads of rows, and work that removes or changes what is protected. */
  readonly isRecorded?: true;
}

const read = (permission: Permission): CommandAction => ({ permission });
const recorded = (permission: Permission): CommandAction => ({ permission, isRecorded: true });

/** By the words of the command. `none`: it opens no installation, or asks the request path itself. */
export const COMMAND_ACTIONS: Readonly<Record<string, CommandAction | 'none'>> = {
  init: 'none',
  completion: 'none',
  // Every route decides and records itself.
  console: 'none',
  'serve-api': 'none',
  mcp: 'none',
  cost: 'none',
  advise: 'none',
  discover: read('administer'),
  doctor: read('administer'),
  snapshot: read('snapshot'),
  ship: read('protect'),
  fold: read('protect'),
  verify: read('protect'),
  expire: recorded('administer'),
  retention: 'none',
  'retention show': read('seeTimeline'),
  'retention plan': read('seeTimeline'),
  'retention change': 'none',
  status: read('seeStatus'),
  metrics: read('seeStatus'),
  messages: 'none',
  'messages list': read('seeStatus'),
  'messages test': read('protect'),
  'messages send': read('protect'),
  acknowledge: recorded('protect'),
  report: 'none',
  'report daily': read('seeStatus'),
  'report weekly': read('seeStatus'),
  'report monthly': recorded('exportEvidence'),
  'report quarterly': recorded('exportEvidence'),
  'report yearly': recorded('exportEvidence'),
  'report verify': 'none',
  'status-page': 'none',
  'status-page build': read('seeStatus'),
  // Decides and records itself.
  'status-page post': 'none',
  'status-page list': read('seeStatus'),
  'status-page templates': read('seeStatus'),
  timeline: read('seeTimeline'),
  incident: recorded('readRows'),
  activity: read('seeTransactions'),
  transactions: read('seeTransactions'),
  'show-transaction': recorded('readRows'),
  log: recorded('readRows'),
  history: recorded('readRows'),
  find: recorded('readRows'),
  mark: read('protect'),
  show: read('seeTimeline'),
  cat: read('seeTimeline'),
  diff: recorded('previewRestore'),
  // The work itself is authorized and recorded for the tenant that it is about.
  restore: read('previewRestore'),
  undo: read('previewRestore'),
  revert: read('previewRestore'),
  restores: read('readRecords'),
  drill: 'none',
  // Decides and records itself.
  'drill run': 'none',
  'drill history': read('readRecords'),
  'drill show': read('readRecords'),
  'drill verify': read('readRecords'),
  'drill due': read('seeStatus'),
  approve: read('seeRequests'),
  requests: read('seeRequests'),
  audit: 'none',
  'audit show': read('readAudit'),
  // A public key is public.
  'audit public-key': 'none',
  'audit verify': read('readAudit'),
  'audit export': recorded('readAudit'),
  'audit anchor': read('protect'),
  attest: read('readRecords'),
  evidence: 'none',
  'evidence export': recorded('exportEvidence'),
  'evidence verify': 'none',
  policy: 'none',
  'policy test': 'none',
  'policy explain': 'none',
  start: read('administer'),
  follow: read('administer'),
  executions: read('administer'),
  failures: read('administer'),
  leftovers: recorded('administer'),
  catalog: 'none',
  'catalog rebuild': recorded('administer'),
  // Asks the request path itself.
  archive: read('snapshot'),
  'archive list': read('seeTimeline'),
  'archive due': read('protect'),
  'archive verify': read('protect'),
  // Asks the request path itself.
  export: 'none',
  'export fetch': 'none',
  hold: 'none',
  'hold list': recorded('readHolds'),
  'hold show': recorded('readHolds'),
  'hold verify': recorded('readHolds'),
  'hold release': 'none',
  // Ask the request path, or decide and record themselves.
  destroy: 'none',
  'destroy status': read('readRecords'),
  'destroy cancel': 'none',
  'destroy finish': 'none',
  'destroy verify': 'none',
  failover: 'none',
  'failover status': read('seeStatus'),
  'failover probe': read('protect'),
  'failover init': recorded('administer'),
  'failover settle': recorded('administer'),
  'failover plan': read('seeStatus'),
  // Ask the request path themselves.
  'failover run': 'none',
  'failover back': 'none',
  'failover record': read('readRecords'),
  erase: recorded('erase'),
  'new-epoch': recorded('administer'),
};
