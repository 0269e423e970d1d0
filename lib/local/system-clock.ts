/** The machine's clock. Recovery never depends on it: moments come from the database server's clock. */
import type { Clock } from '../ports.ts';

export const systemClock: Clock = { now: () => new Date() };
