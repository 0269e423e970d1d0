/** The facts that a look into an installation can find, and the question that each look answers. */

export const FACTS = [
  'backups-taken',
  'log-shipped',
  'backups-verified',
  'objects-locked',
  'sealed-per-tenant',
  'other-regions',
  'restores-recorded',
  'restore-drills',
  'erasures-recorded',
  'retention-in-force',
  'retention-applied',
  'audit-trail',
  'approvals',
  'roles',
  'legal-holds',
  'destructions',
] as const;
export type FactName = (typeof FACTS)[number];

/** What each looks at, for people. */
export const LOOKED_AT: Readonly<Record<FactName, string>> = {
  'backups-taken':
    'Signed snapshots of every tenant, on every full day of the range of which daily snapshots are still kept.',
  'log-shipped': 'Signed runs of the change log: their gaps, and the longest time between two of them.',
  'backups-verified': 'Verifications of every tenant’s backups in the range, by restoring and comparing them.',
  'objects-locked':
    'The lock and the legal hold of the newest snapshot of every tenant, its objects and the newest log.',
  'sealed-per-tenant': 'The header of a sealed message of every tenant: algorithm, and the owner that it is bound to.',
  'other-regions': 'Regions with a copy of the vault, in the configuration.',
  'restores-recorded': 'Signed records of restores that ended in the range.',
  'restore-drills':
    'Signed records of drills, and of restores beside the live rows or into another database, in the range.',
  'erasures-recorded': 'Signed records of erasures in the range, which every later restore applies.',
  'retention-in-force': 'The signed history of the retention of every tenant.',
  'retention-applied': 'Backups that the policy in force no longer keeps and whose lock has ended.',
  'audit-trail': 'Every event of the audit trail: its signature, its place in the chain, and the anchors.',
  approvals: 'Requests executed in the range, their signed decisions, and the rules that are configured.',
  roles: 'People and their roles, in the configuration.',
  'legal-holds': 'Signed documents of legal holds, of any time.',
  destructions: 'Signed documents of destructions in the range.',
};
