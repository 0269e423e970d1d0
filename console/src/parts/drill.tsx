/** Drills in words. */
import { State } from './state.tsx';

/** Those that a page can start. */
export const DRILLS = ['single-tenant', 'several-tenants', 'accident', 'whole-system', 'region'] as const;
export type StartableDrill = (typeof DRILLS)[number];

export const DRILL_NAMES: Readonly<Record<StartableDrill | 'game-day', string>> = {
  'single-tenant': 'One tenant',
  'several-tenants': 'Several tenants at once',
  accident: 'Accident',
  'whole-system': 'Whole system',
  region: 'Lost region',
  'game-day': 'Game day',
};

const TONES = { passed: 'good', slow: 'warn', failed: 'bad' } as const;

export function DrillOutcome({ outcome }: { readonly outcome: keyof typeof TONES }) {
  return <State tone={TONES[outcome]}>{outcome}</State>;
}
