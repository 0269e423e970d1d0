/** The doctor's findings about schemas with names of staging schemas. */
import type { Finding } from '../../domain/finding.ts';
import type { LeftoverArea } from '../../postgres/staging/staging-area.ts';

export function examineStaging(areas: readonly LeftoverArea[]): Finding[] {
  return areas.flatMap(({ schema, state }) => {
    const finding = (code: string, message: string, advice: string): Finding[] => [
      { code, severity: 'warning', table: null, message, sql: [], safe: false, advice },
    ];
    if (state === 'left over')
      return finding(
        'staging-left-over',
        `The schema ${schema} is left over from a restore that ended early; it holds rows of a tenant.`,
        'The next holdfast ship removes it, and so does holdfast leftovers --remove.',
      );
    if (state === 'foreign')
      return finding(
        'staging-foreign',
        `The schema ${schema} is named like a staging schema, but another role created it: Holdfast leaves it alone.`,
        'If a restore under another role created it, that role removes it; otherwise rename or drop it.',
      );
    return [];
  });
}
