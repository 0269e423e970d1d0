/**
 * Removes what is left of all tenants whose destruction is certified, as its locks end, and signs the appendix of those of
 * which nothing is left. Uses no key, so that what deletes objects needs no right over one.
 */
import { type SupervisedSome, type SupervisionCall, superviseSome } from './finish-destructions.ts';

export function clearDestroyedTenants(call: SupervisionCall): Promise<SupervisedSome> {
  return superviseSome(call, 'remains');
}
