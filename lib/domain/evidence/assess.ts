/**
 * Judges controls by facts. Pure. Invariant: a fact that was not looked up, or without evidence, is missing; questions to
 * the organisation never change the state.
 */
import type { AssessedControl, EvidenceFact } from './bundle.ts';
import type { Control } from './control.ts';
import type { FactName } from './facts.ts';

export function assessControl(control: Control, facts: ReadonlyMap<FactName, EvidenceFact>): AssessedControl {
  const found = control.facts.map(name => facts.get(name));
  const shown = found.filter(fact => fact?.shown === true).length;
  const missing = found.flatMap((fact, index) => {
    if (fact === undefined) return [`${control.facts[index]}: not looked up.`];
    if (fact.shown) return [];
    return fact.missing.length > 0 ? fact.missing : [`${fact.name}: no evidence was found.`];
  });
  const { id, title, asks, questions } = control;
  const state = shown === control.facts.length ? 'met' : shown > 0 ? 'partly-met' : 'not-met';
  return {
    id,
    title,
    asks,
    state,
    facts: [...control.facts],
    missing: [...new Set(missing)],
    questions: [...questions],
  };
}
