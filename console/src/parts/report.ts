/** Reports in words, and their files as downloads. */
export const REPORT_KIND_NAMES = {
  ...{ daily: 'Daily', weekly: 'Weekly', monthly: 'Monthly', quarterly: 'Quarterly', yearly: 'Yearly' },
} as const;
export type ReportKindName = keyof typeof REPORT_KIND_NAMES;

/** `99.98 %`, rounded down: what was not reached is never shown as reached. */
export function share(value: number): string {
  return `${(Math.floor(value * 10_000) / 100).toLocaleString('en-US', { maximumFractionDigits: 2 })} %`;
}

/** `2026-03-01` or `2026-03-01 to 2026-03-07`; `to` is the day after the last. */
export function periodText(from: string, to: string): string {
  const last = new Date(Date.parse(`${to}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
  return last === from ? from : `${from} to ${last}`;
}

/** Saves a text as a file of the browser. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
