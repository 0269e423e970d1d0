/** Cryptographically secure random bytes of the operating system, suitable for keys. */
import { randomBytes } from 'node:crypto';
import type { Random } from '../ports.ts';

export const systemRandom: Random = { bytes: randomBytes };
