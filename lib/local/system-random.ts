/** The machine's randomness, fit for keys. */
import { randomBytes } from 'node:crypto';
import type { Random } from '../ports.ts';

export const systemRandom: Random = { bytes: randomBytes };
