/** The periods of retention, as people call them. */
export const PERIODS = [
  { field: 'dailyDays', name: 'Daily', what: 'the last snapshot of each day' },
  { field: 'weeklyDays', name: 'Weekly', what: 'the last snapshot of each week' },
  { field: 'monthlyDays', name: 'Monthly', what: 'the last snapshot of each month' },
  { field: 'annualDays', name: 'Annual', what: 'the last snapshot of each year' },
  { field: 'logDays', name: 'Any second', what: 'change log' },
] as const;

export type PeriodField = (typeof PERIODS)[number]['field'];
