/**
 * What the browser needs to verify a chain of the audit trail by itself: the stored bytes and signed texts, the anchors, and
 * the public keys. Invariant: everything is handed on as it is stored, damage included; nothing is judged here.
 */
import * as z from 'zod';
import { rawAnchors } from '../../operations/governance/raw-anchors.ts';
import { rawAuditChain } from '../../operations/governance/raw-audit-chain.ts';
import { SignedDocument } from '../../operations/storage/signed-document.ts';
import { PublicKeyDocument } from '../documents/audit-documents.ts';
import { route } from '../route.ts';

const group = 'audit';
const READS = { permission: 'readAudit', on: 'tenant' } as const;
const Place = z.number().int().nonnegative();
const Digest = z.string().describe('SHA-256, hexadecimal.');

const After = z.object({
  after: z.coerce.number().pipe(Place).default(0).describe('The page begins after this place; 0: from the first.'),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});

const seeChain = route(
  {
    ...{ id: 'readAuditChain', method: 'get', path: '/tenants/{tenant}/audit/chain', group, query: After },
    ...{ summary: 'A chain as it is stored, for who verifies it', needs: READS, alsoSystem: true },
    answer: z.object({
      installation: z.string().describe('Part of what each signature is over.'),
      events: z.array(
        z.object({
          sequence: Place,
          stored: z.base64().nullable().describe('What the next event names by its SHA-256. Null: cannot be read.'),
          signed: SignedDocument.nullable().describe('Null: the stored bytes do not open to one.'),
        }),
      ),
      foreign: z.array(z.string()).describe('Keys below the chain that are no place of it.'),
      known: Place.describe('Last place that the catalog knows of.'),
      next: Place.nullable(),
    }),
  },
  async ({ deps, tenant, query }) => {
    const { events, ...page } = await rawAuditChain(deps.storage, tenant, query);
    const { installation } = deps.storage;
    return { installation, ...page, events: events.map(each => ({ ...each, stored: base64(each.stored) })) };
  },
);

const seeAnchors = route(
  {
    ...{ id: 'readAuditAnchors', method: 'get', path: '/tenants/{tenant}/audit/anchors', group, query: After },
    ...{ summary: 'The anchors, each with the proof of where it says that the chain ended', needs: READS },
    alsoSystem: true,
    answer: z.object({
      anchors: z.array(
        z.object({
          sequence: Place,
          stored: z.base64().nullable(),
          proof: z
            .object({ sequence: Place, sha256: Digest, index: Place, size: Place, path: z.array(Digest) })
            .nullable()
            .describe('The way from the head to the root of its page (RFC 9162). Null: the chain is not named.'),
          isPageDamaged: z.boolean(),
        }),
      ),
      next: Place.nullable(),
    }),
  },
  async ({ deps, tenant, query }) => {
    const { anchors, next } = await rawAnchors(deps.storage, tenant, query);
    return { next, anchors: anchors.map(each => ({ ...each, stored: base64(each.stored) })) };
  },
);

function base64(bytes: Uint8Array | null): string | null {
  return bytes && Buffer.from(bytes).toString('base64');
}

const seeKey = route(
  {
    ...{ id: 'readPublicKey', method: 'get', path: '/public-keys', group, needs: 'operation' },
    summary: 'A public key that signatures of this installation verify with',
    query: z.object({ id: z.string().max(500).optional().describe('Default: the current one.') }),
    answer: PublicKeyDocument,
  },
  async ({ deps, query: { id } }) => {
    const { signer } = deps.storage;
    return { keyId: id ?? signer.keyId, publicKey: await signer.publicKey(id) };
  },
);

export const AUDIT_PROOF_ROUTES = [seeChain, seeAnchors, seeKey];
