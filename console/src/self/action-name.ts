/** What was asked for, as a tenant calls it. */
const NAMES: Readonly<Record<string, string>> = {
  ...{ restore: 'Restore', export: 'Export', hold: 'Legal hold', release: 'Release of a hold' },
  ...{ destroy: 'Destruction of the backups', 'change-policy': 'Change of retention' },
};

export function actionName(action: string): string {
  return NAMES[action] ?? action;
}
