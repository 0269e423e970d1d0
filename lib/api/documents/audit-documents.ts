/** JSON documents of the commands about the audit trail: audit and its parts, attest. */
import * as z from 'zod';
import { DsseEnvelope } from '../../domain/attestation.ts';
import { AuditEvent } from '../../domain/audit-event.ts';
import { AuditProblem } from '../../domain/audit-problem.ts';
import { TenantRef } from '../../domain/tenant.ts';

const Count = z.number().int().nonnegative();
const Digest = z.string().describe('SHA-256 of the stored object, hexadecimal.');

export const AuditEventDocument = AuditEvent.extend({ key: z.string(), sha256: Digest });

const Events = z
  .object({
    events: z.array(AuditEventDocument).describe('Newest first.'),
    more: z.boolean().describe('Older events pass the filter too.'),
  })
  .describe('Of `audit` and `audit show`.');

export const AuditVerificationDocument = z
  .object({
    chains: z.array(
      z.object({
        tenant: TenantRef,
        events: Count.describe('Events that verify.'),
        from: z.string().optional(),
        to: z.string().optional(),
        anchoredTo: Count.describe('Place up to which anchors prove that nothing was removed.'),
        notAnchored: Count.describe('Events after that place.'),
        problems: z.array(AuditProblem),
      }),
    ),
    anchors: z.object({
      count: Count,
      last: z.object({ sequence: Count, key: z.string(), sha256: Digest, at: z.string() }).optional(),
    }),
    problems: z.array(AuditProblem).describe('All of them. Exit code 3 if there are any.'),
  })
  .describe('Of `audit verify`.');

const Anchored = z
  .object({
    ...{ key: z.string(), sha256: Digest, sequence: Count, at: z.string(), chains: Count, events: Count },
    grown: Count.describe('Chains that grew since the anchor before.'),
    contradictions: z.array(z.string()).describe('What the vault says otherwise than the anchor before: exit code 3.'),
  })
  .describe('Of `audit anchor`.');

const Exported = z
  .object({ file: z.string(), format: z.enum(['jsonl', 'ocsf']), lines: Count })
  .describe('Of `audit export`.');

export const PublicKeyDocument = z
  .object({ keyId: z.string(), publicKey: z.string() })
  .describe('Of `audit public-key`.');

export const AuditDocument = z.union([Events, AuditVerificationDocument, Anchored, Exported, PublicKeyDocument]);

export const AttestDocument = z.union([
  DsseEnvelope,
  z.object({ file: z.string(), envelope: DsseEnvelope }).describe('With --output.'),
]);
