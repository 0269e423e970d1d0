/** What can be wrong with a chain, with the exact place. */

export interface TrailProblem {
  /** `missing`: a place is empty. `altered`: not what was signed for it. `unlinked`: it does not follow the one before. */
  readonly what: 'missing' | 'altered' | 'unlinked' | 'anchor' | 'foreign';
  /** Place in the chain; undefined: not of one event. */
  readonly sequence?: number;
  readonly message: string;
}

/** Of one event. */
export function eventProblem(what: TrailProblem['what'], sequence: number, message: string): TrailProblem {
  return { what, sequence, message: `Event ${sequence} ${message}` };
}

/** Consecutive places are told in one sentence. */
export function missingEvents(from: number, to: number, why: string): TrailProblem {
  const which = from === to ? `Event ${from} is` : `Events ${from} to ${to} are`;
  return { what: 'missing', sequence: from, message: `${which} missing: ${why}.` };
}
