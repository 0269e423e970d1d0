/** Evidence as text: the state of each control with what is missing, and the result of verifying a bundle. */
import type { AssessedControl } from '../../lib/domain/evidence/bundle.ts';
import type { EvidenceVerification } from '../../lib/operations/governance/evidence/verify-evidence.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

export interface EvidenceSummary {
  readonly folder: string;
  readonly framework: string;
  readonly from: string;
  readonly to: string;
  readonly controls: readonly Pick<AssessedControl, 'id' | 'title' | 'state' | 'missing'>[];
}

const SIGNS: Readonly<Record<AssessedControl['state'], string>> = { met: '✓', 'partly-met': '!', 'not-met': '✗' };

export function renderEvidence(
  { folder, controls }: EvidenceSummary,
  { style, columns }: { readonly style: Style; readonly columns: number },
): string {
  const lines = controls.map(({ id, title, state, missing }) => {
    const paint = state === 'met' ? style.good : state === 'partly-met' ? style.warn : style.bad;
    const gaps = missing.map(text => `${wrap(text, columns, '      ')}\n`).join('');
    return `${paint(SIGNS[state])} ${style.bold(id)}  ${title}\n${style.dim(gaps)}`;
  });
  return `${lines.join('')}\nWritten to ${folder}: open index.html. By facts alone; its questions are for the organisation.\n`;
}

export function renderEvidenceVerification(
  { ok, framework, from, to, problems }: EvidenceVerification,
  { style }: { readonly style: Style },
): string {
  if (ok) return `${style.good('✓ Verified')}  ${framework}, ${from} to ${to}\n`;
  return `${style.bad('✗ Not verified')}\n${problems.map(problem => `  ${problem}\n`).join('')}`;
}
