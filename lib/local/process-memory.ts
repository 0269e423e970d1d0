/** In-process memory: a map that lives as long as the process. */
import type { Memory, MemoryPart } from '../ports.ts';

export function processMemory(): Memory {
  const parts = new Map<MemoryPart<object>, object>();
  return {
    of: <T extends object>(part: MemoryPart<T>): T => {
      const known = parts.get(part) ?? part.make();
      parts.set(part, known);
      return known as T;
    },
  };
}
