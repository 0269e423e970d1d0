/** Objects are written once: whoever finds that another call was first goes on with what is there. */
import { HoldfastError } from '../../domain/errors.ts';

/** What storing resolved to; undefined where the key has an object already. Every other error is thrown. */
export async function unlessStored<T>(storing: Promise<T>): Promise<T | undefined> {
  try {
    return await storing;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'object-exists') return undefined;
    throw error;
  }
}
