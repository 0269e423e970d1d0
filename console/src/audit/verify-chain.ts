/**
 * A chain of the audit trail, verified in the browser over what was fetched: each event is signed for its place, names the
 * stored bytes of the one before by their SHA-256, and no place is empty; the anchors say how far nothing was removed.
 * Invariants: nothing that the server says about an event is believed without its signature; after a problem the rest is
 * verified too, so that each broken place is named. Memory: a page of events.
 */
import { bytesOf, isSignedFor, type SignedText, sha256 } from './signed-text.ts';
import { eventProblem, missingEvents, type TrailProblem } from './trail-problem.ts';
import type { CheckedAnchors, KeyOf } from './verify-anchors.ts';

export interface FetchedEvent {
  readonly sequence: number;
  /** Base64; null: the server cannot read it. */
  readonly stored: string | null;
  /** Null: the stored bytes do not open to one. */
  readonly signed: SignedText | null;
}

export interface ChainProgress {
  /** Of what was verified so far; 0: nothing. */
  readonly first: number;
  readonly last: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  /** Events whose signature and place are right. */
  readonly verified: number;
  /** Ids of the keys that signed them, with how many each. */
  readonly signedBy: ReadonlyMap<string, number>;
  readonly problems: readonly TrailProblem[];
}

interface EventText {
  readonly tenant: string;
  readonly sequence: number;
  readonly previous: string | null;
  readonly at: string;
  readonly action: string;
  readonly records?: Readonly<Record<string, string>>;
}

interface Before {
  readonly sequence: number;
  /** Null: nothing is there. Undefined: the bytes cannot be read. */
  readonly digest: string | null | undefined;
}

export interface ChainAsked {
  readonly installation: string;
  readonly tenant: string;
  readonly keyOf: KeyOf;
  readonly anchors: CheckedAnchors;
}

export interface ChainVerifier {
  /** The next events, in the order in which the server gave them. */
  add(events: readonly FetchedEvent[]): Promise<ChainProgress>;
  /** After the last. `known`: the last place that the catalog knows of. `foreign`: keys that are no place of the chain. */
  end(known: number, foreign: readonly string[]): ChainProgress;
}

export function chainVerifier(asked: ChainAsked): ChainVerifier {
  const { anchors, tenant } = asked;
  const problems: TrailProblem[] = [...anchors.problems];
  const signedBy = new Map<string, number>();
  const named = new Map<string, string>();
  const ends = Map.groupBy(anchors.ends, ({ sequence }) => sequence);
  let before: Before = { sequence: 0, digest: null };
  let seen = { first: 0, firstAt: null as string | null, lastAt: null as string | null, verified: 0 };

  function take(event: FetchedEvent, text: EventText | undefined, digest: string | undefined): void {
    const { sequence } = event;
    if (sequence <= before.sequence)
      return void problems.push(eventProblem('foreign', sequence, `comes after event ${before.sequence}.`));
    if (sequence > before.sequence + 1)
      problems.push(missingEvents(before.sequence + 1, sequence - 1, `event ${sequence} comes next`));
    problems.push(...placeProblems(event, text, digest, before));
    for (const end of ends.get(sequence) ?? [])
      if (digest !== end.sha256)
        problems.push(eventProblem('anchor', sequence, `is not the one that anchor ${end.anchor} names.`));
    if (text !== undefined) note(event, text);
    before = { sequence, digest };
  }

  function note({ sequence, signed }: FetchedEvent, { at, action, records = {} }: EventText): void {
    const { keyId } = signed!.signature;
    signedBy.set(keyId, (signedBy.get(keyId) ?? 0) + 1);
    seen = {
      ...{ first: seen.first || sequence, firstAt: seen.firstAt ?? at, lastAt: at, verified: seen.verified + 1 },
    };
    if (tenant === 'system' && action === 'anchorAudit')
      for (const [key, sha] of Object.entries(records)) named.set(key, sha);
  }

  const progress = (): ChainProgress => ({ ...seen, last: before.sequence, signedBy, problems });
  return {
    async add(events) {
      const read = await Promise.all(events.map(event => readEvent(asked, event)));
      events.forEach((event, index) => {
        take(event, read[index]!.text, read[index]!.digest);
      });
      return progress();
    },
    end(known, foreign) {
      problems.push(...cutTail(before.sequence, anchors, known), ...missingAnchors(named, anchors));
      for (const key of foreign) problems.push({ what: 'foreign', message: `${key} is no event of the chain.` });
      return progress();
    },
  };
}

/** `text`: undefined unless this installation signed it for this place. `digest`: of the stored bytes. */
async function readEvent(asked: ChainAsked, { sequence, stored, signed }: FetchedEvent) {
  const bytes = stored === null ? undefined : bytesOf(stored);
  const [digest, text] = await Promise.all([
    bytes && sha256(bytes),
    signed ? eventText(asked, sequence, signed) : undefined,
  ]);
  return { digest, text };
}

async function eventText({ installation, tenant, keyOf }: ChainAsked, sequence: number, signed: SignedText) {
  const place = `${installation}/audit/${tenant}/${String(sequence).padStart(10, '0')}`;
  const key = await keyOf(signed.signature.keyId);
  if (key === undefined || !(await isSignedFor(place, signed, key))) return undefined;
  try {
    const text = JSON.parse(signed.document) as EventText;
    return text.tenant === tenant && text.sequence === sequence ? text : undefined;
  } catch {
    return undefined;
  }
}

function placeProblems(
  { sequence, signed }: FetchedEvent,
  text: EventText | undefined,
  digest: string | undefined,
  before: Before,
): TrailProblem[] {
  if (digest === undefined) return [eventProblem('altered', sequence, 'cannot be read from the vault.')];
  if (signed === null) return [eventProblem('altered', sequence, 'does not open: its stored bytes were changed.')];
  if (text === undefined) return [eventProblem('altered', sequence, 'is not what this installation signed there.')];
  const follows = before.sequence === sequence - 1;
  if (!follows || before.digest === undefined || text.previous === before.digest) return [];
  const message = `names another event ${sequence - 1} than the stored one: one of the two was changed.`;
  return [eventProblem('unlinked', sequence, message)];
}

/** Events that an anchor or the catalog knows of, after the last one that there is. */
function cutTail(last: number, { ends }: CheckedAnchors, known: number): TrailProblem[] {
  const end = ends.reduce<CheckedAnchors['ends'][number] | undefined>(
    (most, each) => (each.sequence > (most?.sequence ?? last) ? each : most),
    undefined,
  );
  if (end) return [missingEvents(last + 1, end.sequence, `anchor ${end.anchor} names event ${end.sequence}`)];
  return known > last ? [missingEvents(last + 1, known, `the catalog knows of event ${known}`)] : [];
}

/** The chain of the installation names every anchor: one that was removed, with those after it, is missing there. */
function missingAnchors(named: ReadonlyMap<string, string>, { digests }: CheckedAnchors): TrailProblem[] {
  return [...named].flatMap(([key, digest]) => {
    const place = Number(key.split('/').at(-1));
    if (digests.get(place) === digest) return [];
    return [{ what: 'anchor', message: `Anchor ${place} is not the one that the chain of the installation names.` }];
  });
}
