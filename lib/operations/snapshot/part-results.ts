/** What a part has read so far: the pages of its chunks, and how many belong to which work item. */
import type { Chunk, ChunkPage } from '../../domain/chunk-page.ts';
import type { PartState } from '../../domain/snapshot-parts.ts';
import type { PageBuilder } from '../storage/page-builder.ts';
import type { PartOutput } from '../storage/part-sink.ts';

type Results = Pick<PartState, 'pages' | 'items' | 'reused' | 'differing'>;

export class PartResults implements PartOutput {
  readonly #builder: PageBuilder;
  readonly #pages: readonly ChunkPage[];
  readonly #items: PartState['items'];
  readonly #differing: PartState['differing'];
  #reused: number;
  #tail: Promise<void> = Promise.resolve();

  /** `before`: of earlier calls; pages that the builder does not have. */
  constructor(builder: PageBuilder, before: Results) {
    this.#builder = builder;
    this.#pages = before.pages;
    this.#items = before.items.map(item => ({ ...item }));
    this.#differing = [...before.differing];
    this.#reused = before.reused;
  }

  add(work: number, read: Promise<{ chunk: Chunk; reused: boolean }>): void {
    const last = this.#items.at(-1);
    if (last?.work === work) last.chunks += 1;
    else this.#items.push({ work, chunks: 1 });
    this.#tail = this.#tail.then(async () => {
      const { chunk, reused } = await read;
      if (reused) this.#reused += 1;
      await this.#builder.add(chunk);
    });
    // Reported when it is finished.
    this.#tail.catch(() => {});
    read.catch(() => {});
  }

  differs(table: string, chunk: number): void {
    this.#differing.push({ table, chunk });
  }

  /** Once everything is placed. Throws the error of storing. */
  async finish(): Promise<Results> {
    await this.#tail;
    const pages = [...this.#pages, ...(await this.#builder.finish())];
    return { pages, items: this.#items, reused: this.#reused, differing: this.#differing };
  }
}
