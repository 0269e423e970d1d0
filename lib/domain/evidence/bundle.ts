/**
 * The documents of an evidence bundle. Facts are what a look into this installation found, each with the stored objects
 * that say so; a control is met only if all of its facts were found.
 *
 * Invariants: no row value, no key, no tenant name: tenants are references. What Holdfast cannot know is a question to the
 * organisation and never counts as met.
 */
import * as z from 'zod';
import { GOVERNED_ACTIONS } from '../governed-action.ts';
import { RetentionPolicy } from '../retention.ts';
import { TenantRef } from '../tenant.ts';
import { FACTS } from './facts.ts';

const Count = z.number().int().nonnegative();
const Digest = z.string().regex(/^[0-9a-f]{64}$/);

export const FRAMEWORKS = ['gdpr', 'ccpa', 'hipaa', 'sox', 'soc2', 'iso27001', 'dora'] as const;
export const Framework = z.enum(FRAMEWORKS);
export type Framework = z.infer<typeof Framework>;

/** A stored object, by its vault key and the SHA-256 of its bytes. */
export const EvidenceReference = z.object({ key: z.string(), sha256: Digest });
export type EvidenceReference = z.infer<typeof EvidenceReference>;

/** What is configured, as far as it matters to a control. */
export const EvidenceConfiguration = z.object({
  place: z.enum(['aws', 'one-machine']),
  /** Regions with a copy of the vault; empty on one machine. */
  regions: z.array(z.string()),
  keys: z.enum(['dedicated', 'pooled', 'local']),
  retention: RetentionPolicy,
  /** How many people other than the requester approve, by action. */
  approvals: z.partialRecord(z.enum(GOVERNED_ACTIONS), Count),
  /** How many people have each role. */
  roles: z.record(z.string(), Count),
});
export type EvidenceConfiguration = z.infer<typeof EvidenceConfiguration>;

export const EvidenceFact = z.object({
  name: z.enum(FACTS),
  /** What was looked at. */
  looked: z.string(),
  /** True if evidence was found and nothing is missing. */
  shown: z.boolean(),
  found: z.array(z.string()),
  missing: z.array(z.string()),
  evidence: z.object({
    total: Count,
    /** The last 500 by key. */
    listed: z.array(EvidenceReference),
    /** SHA-256 over all of them, sorted by key, one `KEY SHA256` a line. */
    digest: Digest,
  }),
});
export type EvidenceFact = z.infer<typeof EvidenceFact>;

export const CONTROL_STATES = ['met', 'partly-met', 'not-met'] as const;

export const AssessedControl = z.object({
  /** As the framework numbers it. */
  id: z.string(),
  title: z.string(),
  /** What it asks, in short. The text of the framework is authoritative. */
  asks: z.string(),
  /** By the facts alone, without the answers to the questions. */
  state: z.enum(CONTROL_STATES),
  facts: z.array(z.enum(FACTS)),
  missing: z.array(z.string()),
  /** What Holdfast cannot know. */
  questions: z.array(z.string()),
});
export type AssessedControl = z.infer<typeof AssessedControl>;

export const EvidenceBundle = z.object({
  format: z.literal('holdfast.evidence-bundle/1'),
  framework: Framework,
  title: z.string(),
  /** ISO 8601 UTC; `from` is included, `to` is not. */
  from: z.string(),
  to: z.string(),
  /** When it was looked. */
  at: z.string(),
  installation: z.string(),
  /** Null: all tenants. */
  tenant: TenantRef.nullable(),
  tenants: z.array(TenantRef),
  configuration: EvidenceConfiguration,
  controls: z.array(AssessedControl),
  facts: z.array(EvidenceFact),
});
export type EvidenceBundle = z.infer<typeof EvidenceBundle>;

/** Signed: digests of every file of the bundle. */
export const EvidenceManifest = z.object({
  format: z.literal('holdfast.evidence-manifest/1'),
  /** Where it is kept in the vault, and the place for which it is signed. */
  key: z.string(),
  framework: Framework,
  from: z.string(),
  to: z.string(),
  at: z.string(),
  tenant: TenantRef.nullable(),
  files: z.array(z.object({ name: z.string(), bytes: Count, sha256: Digest })),
});
export type EvidenceManifest = z.infer<typeof EvidenceManifest>;

/** For people to fill in, beside the signed files. It names the manifest that it is about. */
export const EvidenceSignOff = z.object({
  format: z.literal('holdfast.evidence-sign-off/1'),
  /** SHA-256 of manifest.json. */
  manifest: Digest,
  reviewer: z.string().nullable(),
  reviewedAt: z.string().nullable(),
  controls: z.array(
    z.object({
      id: z.string(),
      conclusion: z.enum(['effective', 'deficient', 'not-applicable']).nullable(),
      answers: z.array(z.object({ question: z.string(), answer: z.string().nullable() })),
      correctiveAction: z.object({
        action: z.string().nullable(),
        owner: z.string().nullable(),
        due: z.string().nullable(),
        done: z.string().nullable(),
      }),
    }),
  ),
});
export type EvidenceSignOff = z.infer<typeof EvidenceSignOff>;
