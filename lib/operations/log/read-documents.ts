/**
 * A cache of the signed documents of the log: tenants processed one after the other need the same ones. Documents are
 * written once, so they stay verified; memory is bounded by their segments, about 1 KB each.
 */

const MAX_DOCUMENTS = 2000;
const MAX_SEGMENTS = 50_000;

interface Kept {
  readonly document: Promise<unknown>;
  segments: number;
}

export class ReadDocuments {
  readonly #kept = new Map<string, Kept>();
  #segments = 0;

  has(id: string): boolean {
    return this.#kept.has(id);
  }

  forget(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    this.#segments -= kept.segments;
  }

  /** From the cache, or read now; concurrent requests read it once. A failure is not cached. */
  async of<T>(id: string, read: () => Promise<{ document: T; segments: number }>): Promise<T> {
    const before = this.#kept.get(id);
    if (before !== undefined) {
      this.#kept.delete(id);
      this.#kept.set(id, before);
      return before.document as Promise<T>;
    }
    const reading = read();
    const kept: Kept = { document: reading.then(({ document }) => document), segments: 0 };
    kept.document.catch(() => {});
    this.#kept.set(id, kept);
    try {
      const { document, segments } = await reading;
      if (this.#kept.get(id) === kept) {
        kept.segments = segments;
        this.#segments += segments;
        this.#shrink();
      }
      return document;
    } catch (error) {
      if (this.#kept.get(id) === kept) this.forget(id);
      throw error;
    }
  }

  #shrink(): void {
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= MAX_DOCUMENTS && this.#segments <= MAX_SEGMENTS) return;
      this.forget(id);
    }
  }
}
