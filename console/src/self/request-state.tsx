/** The state of a request in a word. */
import { State, type Tone } from '../parts/state.tsx';

const WORDS: Readonly<Record<string, readonly [Tone, string]>> = {
  waiting: ['plain', 'waits for approval'],
  approved: ['warn', 'approved'],
  executing: ['warn', 'under way'],
  done: ['good', 'done'],
  refused: ['bad', 'refused'],
  expired: ['plain', 'expired'],
  cancelled: ['plain', 'cancelled'],
};

export function RequestState({ state }: { readonly state: string }) {
  const [tone, word] = WORDS[state] ?? ['plain', state];
  return <State tone={tone}>{word}</State>;
}
