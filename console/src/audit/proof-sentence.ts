/** What a verification proved, in sentences; and what it did not. */
import type { Verified } from './run-verification.ts';

const number = (value: number) => value.toLocaleString('en-US');

export interface ProofText {
  readonly isProved: boolean;
  readonly title: string;
  readonly sentences: readonly string[];
}

export function proofText({ chain, anchors }: Verified, name: string): ProofText {
  const { first, last, problems } = chain;
  const [worst] = problems;
  if (worst !== undefined)
    return {
      isProved: false,
      title:
        worst.sequence === undefined ? 'The trail does not verify' : `The chain is broken at event ${worst.sequence}`,
      sentences: [
        worst.message,
        `${number(chain.verified)} events of ${name} carry a valid signature for their place.`,
        'Treat it as an intrusion: find out who can write to the vault.',
      ],
    };
  if (last === 0) return { isProved: true, title: 'There are no events', sentences: ['Nothing was recorded yet.'] };
  return {
    isProved: true,
    title: `Events ${number(first)} to ${number(last)} are as they were written`,
    sentences: [
      `Each event of ${name} is signed for its place, names the one before by its digest, and none is missing.`,
      ...anchoredText(last, anchors),
    ],
  };
}

function anchoredText(last: number, { ends }: Verified['anchors']): string[] {
  const end = ends.at(-1);
  if (end === undefined)
    return ['No anchor names this chain yet: that nothing was removed after its last event is not proved.'];
  const loose = last - end.sequence;
  const proved = `Anchor ${end.anchor} of ${end.at} proves that nothing was removed up to event ${number(end.sequence)}.`;
  if (loose === 0) return [proved];
  const after = loose === 1 ? 'the 1 event' : `the ${number(loose)} events`;
  return [proved, `That nothing was removed after ${after} since then is proved by the next anchor.`];
}
