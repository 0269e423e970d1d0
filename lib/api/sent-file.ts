/**
 * A file as the answer of a route, sent while it is read. Invariants: it is an attachment, so that no browser shows or runs
 * it as a page of the console; an error before its first piece is thrown, and a later one breaks off the answer.
 */
import type { FileAnswer } from './route.ts';

export async function sentFile(type: string, { name, pieces }: FileAnswer): Promise<Response> {
  const reader = pieces[Symbol.asyncIterator]();
  const first = await reader.next();
  const body = ReadableStream.from(bytesOf(first, reader));
  return new Response(body as never, {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}"`,
      'x-content-type-options': 'nosniff',
    },
  });
}

async function* bytesOf(
  first: IteratorResult<string | Uint8Array>,
  reader: AsyncIterator<string | Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  try {
    for (let next = first; !next.done; next = await reader.next())
      yield typeof next.value === 'string' ? encoder.encode(next.value) : next.value;
  } finally {
    await reader.return?.();
  }
}
