/** JSON documents of `evidence` and `evidence verify`; bundle.json and sign-off.json have schemas of their own. */
import * as z from 'zod';
import { AssessedControl, Framework } from '../../domain/evidence/bundle.ts';

export const ControlDocument = AssessedControl.pick({ id: true, title: true, state: true, missing: true });

const Written = z
  .object({
    folder: z.string(),
    framework: Framework,
    ...{ from: z.string(), to: z.string() },
    controls: z.array(ControlDocument),
    files: z.array(z.string()),
  })
  .describe('Of `evidence`.');

export const VerifiedEvidenceDocument = z
  .object({
    ok: z.boolean().describe('Exit code 3 if not.'),
    ...{ keyId: z.string().nullable(), framework: z.string().nullable() },
    ...{ from: z.string().nullable(), to: z.string().nullable() },
    files: z.array(z.object({ name: z.string(), ok: z.boolean() })),
    problems: z.array(z.string()),
  })
  .describe('Of `evidence verify`.');

export const EvidenceDocument = z.union([Written, VerifiedEvidenceDocument]);
