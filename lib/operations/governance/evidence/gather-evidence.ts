/**
 * Gathers the evidence of one framework: looks for each fact that its controls need, then judges the controls. Reads only.
 * Invariant: the same vault, catalog, range, configuration and clock give the same bundle, byte for byte.
 */
import { sha256Hex } from '../../../codec/digest.ts';
import { InputError, IntegrityError } from '../../../domain/errors.ts';
import { assessControl } from '../../../domain/evidence/assess.ts';
import type {
  EvidenceBundle,
  EvidenceConfiguration,
  EvidenceFact,
  EvidenceReference,
  Framework,
} from '../../../domain/evidence/bundle.ts';
import { FACTS, type FactName, LOOKED_AT } from '../../../domain/evidence/facts.ts';
import { CONTROLS } from '../../../domain/evidence/frameworks.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { tenants } from '../../catalog/catalog-index.ts';
import { lookForBackups, lookForLocks, lookForLog, lookForSealing, lookForVerifications } from './backup-facts.ts';
import {
  lookForApprovals,
  lookForAudit,
  lookForDestructions,
  lookForHolds,
  lookForRegions,
  lookForRoles,
} from './governance-facts.ts';
import type { EvidenceDeps, EvidenceLook, LookResult } from './look.ts';
import { lookForDrills, lookForErasures, lookForExpiry, lookForRestores, lookForRetention } from './record-facts.ts';

const LOOKS: Readonly<Record<FactName, (look: EvidenceLook) => Promise<LookResult>>> = {
  'backups-taken': lookForBackups,
  'log-shipped': lookForLog,
  'backups-verified': lookForVerifications,
  'objects-locked': lookForLocks,
  'sealed-per-tenant': lookForSealing,
  'other-regions': lookForRegions,
  'restores-recorded': lookForRestores,
  'restore-drills': lookForDrills,
  'erasures-recorded': lookForErasures,
  'retention-in-force': lookForRetention,
  'retention-applied': lookForExpiry,
  'audit-trail': lookForAudit,
  approvals: lookForApprovals,
  roles: lookForRoles,
  'legal-holds': lookForHolds,
  destructions: lookForDestructions,
};

/** What only the configuration says, which is part of the bundle. */
const CONFIGURED: readonly FactName[] = ['roles', 'other-regions'];
const LISTED = 500;

export interface EvidenceAsked {
  readonly framework: Framework;
  /** Included. */
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
  readonly tenant?: TenantRef | undefined;
  readonly configuration: EvidenceConfiguration;
}

/** InputError `bad-range`, `unknown-tenant`; StorageError as vault, keyring and catalog throw. */
export async function gatherEvidence(deps: EvidenceDeps, asked: EvidenceAsked): Promise<EvidenceBundle> {
  const { framework, from, to, tenant, configuration } = asked;
  if (from >= to) throw badRange();
  const listed = (await tenants.list(deps.catalog)).filter(item => tenant === undefined || item.ref === tenant);
  if (tenant !== undefined && listed.length === 0) throw unknownTenant();
  const look: EvidenceLook = { deps, from, to, tenants: listed, only: tenant, configuration };
  const { title, controls } = CONTROLS[framework];
  const needed = FACTS.filter(each => controls.some(control => control.facts.includes(each)));
  const facts = await gatherFacts(look, needed);
  return {
    ...{ format: 'holdfast.evidence-bundle/1', framework, title, from: from.toISOString(), to: to.toISOString() },
    ...{ at: deps.clock.now().toISOString(), installation: deps.installation, tenant: tenant ?? null },
    ...{ tenants: listed.map(({ ref }) => ref), configuration },
    controls: controls.map(each => assessControl(each, facts)),
    facts: [...facts.values()],
  };
}

/** Looks for each. */
export async function gatherFacts(
  look: EvidenceLook,
  names: readonly FactName[],
): Promise<ReadonlyMap<FactName, EvidenceFact>> {
  const facts = new Map<FactName, EvidenceFact>();
  for (const name of names) {
    look.deps.progress?.({ step: 'evidence.fact', message: `Looking: ${name}` });
    facts.set(name, factOf(name, await lookFor(name, look)));
  }
  return facts;
}

/** Damage that stops a look is what it found: the fact is not shown, and the others are. */
async function lookFor(name: FactName, look: EvidenceLook): Promise<LookResult> {
  try {
    return await LOOKS[name](look);
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    return { found: [], missing: [`${error.code}: ${error.message}`], evidence: [] };
  }
}

/** Shown only with evidence, or where the configuration is the evidence. */
function factOf(name: FactName, { found, missing, evidence }: LookResult): EvidenceFact {
  const shown = missing.length === 0 && found.length > 0 && (evidence.length > 0 || CONFIGURED.includes(name));
  return {
    ...{ name, looked: LOOKED_AT[name], shown, found: [...found], missing: [...missing] },
    evidence: summarized(evidence),
  };
}

function summarized(evidence: readonly EvidenceReference[]): EvidenceFact['evidence'] {
  const sorted = [...new Map(evidence.map(({ key, sha256 }) => [key, sha256]))].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    total: sorted.length,
    listed: sorted.slice(-LISTED).map(([key, sha256]) => ({ key, sha256 })),
    digest: sha256Hex(Buffer.from(sorted.map(([key, sha256]) => `${key} ${sha256}\n`).join(''))),
  };
}

function badRange(): InputError {
  return new InputError('bad-range', 'The range ends before it begins.', { hint: 'Give --from before --to.' });
}

function unknownTenant(): InputError {
  return new InputError('unknown-tenant', 'Nothing is stored for this tenant.', {
    hint: '`holdfast status` lists the protected tenants.',
  });
}
