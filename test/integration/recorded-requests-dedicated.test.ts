/** One of the two key modes of test/integration/recorded-requests.ts, which says what is promised. */
import { describe } from 'vitest';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { everyFunction } from './recorded-requests.ts';

describe('every function, with dedicated keys', { timeout: SETUP_TIMEOUT_MS }, () => everyFunction('dedicated'));
