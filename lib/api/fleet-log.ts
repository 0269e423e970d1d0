/**
 * The runs of the log for many readers: a month of them, one a minute, takes half a second to read. Once read, only those that
 * came since are read. Invariant: nobody gets a list that is older than `keptMs`; what expired of it is left out within ten
 * minutes, and until then only makes a window look longer than it is.
 */
import type { StoredRange } from '../domain/backup-chain.ts';
import { parseLsn } from '../domain/lsn.ts';
import { type RunItem, runs } from '../operations/catalog/catalog-index.ts';
import { rangesOf } from '../operations/catalog/recovery-material.ts';
import type { Deps } from '../ports.ts';

const WHOLE_AGAIN_MS = 10 * 60_000;

export interface FleetLog {
  /** In log order. */
  readonly runs: readonly RunItem[];
  /** Of the same; the same array as long as there is no new run, by which what is computed of them is kept. */
  readonly ranges: readonly StoredRange[];
}

/** `now` and `keptMs` in milliseconds. Rejects with StorageError; the next reader reads again. */
export function fleetLog(
  { catalog }: Pick<Deps, 'catalog'>,
  now: () => number,
  keptMs: number,
): () => Promise<FleetLog> {
  let known: { readonly at: number; readonly wholeAt: number; readonly log: Promise<FleetLog> } | undefined;

  async function read(before: FleetLog | undefined): Promise<FleetLog> {
    const last = before?.runs.at(-1);
    if (before === undefined || last === undefined) return logOf(await runs.list(catalog));
    const newer = (await runs.list(catalog, parseLsn(last.to))).filter(({ id }) => id !== last.id);
    return newer.length === 0 ? before : logOf([...before.runs, ...newer]);
  }

  return () => {
    const at = now();
    if (known !== undefined && at - known.at <= keptMs) return known.log;
    const isWhole = known === undefined || at - known.wholeAt > WHOLE_AGAIN_MS;
    const log = isWhole ? read(undefined) : known!.log.then(read);
    known = { at, wholeAt: isWhole ? at : known!.wholeAt, log };
    log.catch(() => {
      if (known?.log === log) known = undefined;
    });
    return log;
  };
}

function logOf(list: readonly RunItem[]): FleetLog {
  return { runs: list, ranges: rangesOf(list) };
}
