/**
 * Facts for audits of a report that takes several calls: of a large fleet a look can take minutes. Each fact is kept, signed,
 * when it was looked for, so that a later call goes on. Invariant: only a fact that this installation signed for its place
 * counts; one that is altered stops the report.
 */
import type { EvidenceFact } from '../../domain/evidence/bundle.ts';
import { FACTS, type FactName } from '../../domain/evidence/facts.ts';
import { reportFactKey } from '../../domain/governance-key.ts';
import { ReportFact } from '../../domain/report/report.ts';
import type { Deps } from '../../ports.ts';
import { gatherFacts } from '../governance/evidence/gather-evidence.ts';
import type { EvidenceLook } from '../governance/evidence/look.ts';
import { putSigned, readSigned } from '../storage/signed-document.ts';
import type { TimeBudget } from '../time-budget.ts';

/** Not of locks: on AWS whoever asks for the lock of a pack may also read it, and who makes reports reads no row. */
const LOOKED_FOR = FACTS.filter(name => name !== 'objects-locked');

export interface FactsPlace {
  /** Key of the report. */
  readonly report: string;
  /** How long the facts are locked. */
  readonly retainUntil: Date;
}

/** Undefined: the budget is used up, and at least one more fact is kept. IntegrityError `object-altered`. */
export async function gatherKeptFacts(
  look: EvidenceLook & { readonly deps: Pick<Deps, 'vault' | 'signer'> },
  { report, retainUntil }: FactsPlace,
  budget: TimeBudget,
): Promise<EvidenceFact[] | undefined> {
  const facts: EvidenceFact[] = [];
  const lookFor = async (name: FactName): Promise<EvidenceFact> => (await gatherFacts(look, [name])).get(name)!;
  for (const name of LOOKED_FOR) {
    const key = reportFactKey(report, name);
    if (await look.deps.vault.head(key)) {
      facts.push((await readSigned(look.deps, key, ReportFact)).fact);
      continue;
    }
    const fact = await lookFor(name);
    await putSigned(look.deps, key, { format: 'holdfast.report-fact/1', fact }, { retainUntil });
    if (budget.isUsed()) return undefined;
    facts.push(fact);
  }
  return facts;
}
