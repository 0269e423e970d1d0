/** One control of a framework, and the facts of an installation that can show it. */
import type { FactName } from './facts.ts';

export interface Control {
  /** As the framework numbers it. */
  readonly id: string;
  readonly title: string;
  /** What it asks, in our own words. */
  readonly asks: string;
  readonly facts: readonly [FactName, ...FactName[]];
  readonly questions: readonly string[];
}

export interface ControlSet {
  readonly title: string;
  readonly controls: readonly Control[];
}

export function control(
  id: string,
  title: string,
  asks: string,
  facts: Control['facts'],
  questions: readonly string[],
): Control {
  return { id, title, asks, facts, questions };
}
