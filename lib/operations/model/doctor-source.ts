/**
 * The doctor's findings about which server this is: one that does not continue the log needs a new source epoch, and
 * before that no slot, which would make the log look as if it went on.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { type Finding, finding } from '../../domain/finding.ts';
import type { Catalog } from '../../ports.ts';
import type { Connection } from '../../postgres/connection.ts';
import { currentSource } from '../catalog/current-source.ts';

const FOUND = new Set(['source-replaced', 'position-behind']);

/** `catalog`: of the installation, where there is one yet. A promotion is the shipper's to judge. */
export async function examineSource(
  connection: Connection,
  catalog: Catalog | undefined,
  standby: boolean,
): Promise<Finding[]> {
  if (catalog === undefined || standby) return [];
  try {
    await currentSource({ catalog }, connection);
    return [];
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (!FOUND.has(error.code)) return [];
    return [finding(error.code, 'error', error.message, { advice: error.hint })];
  }
}
