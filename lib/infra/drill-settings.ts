/** The section `drills` of a deployment: recovery that is tried on AWS. Without it there is no state machine for drills. */
import * as z from 'zod';
import { ScheduledKind } from '../domain/deployed-drills.ts';
import type { Deployment } from './deployment.ts';

const Arn = (service: string, what: string) =>
  z.string().regex(new RegExp(`^arn:aws[a-z-]*:${service}:`), `must be the ARN of a ${what}`);

const Scratch = z.strictObject({
  host: z.string().min(1).describe('Its endpoint.'),
  port: z.number().int().min(1).max(65_535).default(5432).describe('Port of the endpoint.'),
  database: z.string().min(1).default('postgres').describe('Any database there: drills make their own beside it.'),
  secretArn: Arn('secretsmanager', 'Secrets Manager secret').describe(
    'A secret with `username` and `password` of a role with `CREATEDB`.',
  ),
  secretKeyArn: Arn('kms', 'KMS key').optional().describe('The KMS key of that secret, if it is a key of yours.'),
});

export const Drills = z
  .strictObject({
    kinds: z
      .array(ScheduledKind)
      .min(1)
      .optional()
      .describe(
        'Kinds that start when they are due. Default: all of them; `region` only with a secondary region and `scratch`.',
      ),
    scratch: Scratch.optional().describe(
      'A database outside the source system in which drills restore, reached from the network of the source. Default: the server of the source, whose role then needs `CREATEDB`.',
    ),
    template: z
      .string()
      .regex(/^[a-z0-9_]{1,63}$/, 'must be 1 to 63 lower-case letters, digits and underscores')
      .optional()
      .describe('Template database on that server, with what your own check needs. Default: template0.'),
    acceptanceSql: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with your own check, relative to this file: one SELECT that returns `check` and `ok`. It is deployed with the functions.',
      ),
    acceptanceHook: z
      .url('must be an https URL')
      .startsWith('https://', 'must be an https URL')
      .optional()
      .describe('URL of your own check, reached from the network of the database.'),
    atOnce: z.number().int().min(1).max(40).default(4).describe('Tenants of a whole system that are restored at once.'),
  })
  .describe(
    'Drills: recovery that is tried, recorded and measured (docs/drills.md). Without it there are none on AWS. Costs four alarms, three metrics, and what the restores themselves use.',
  );
export type Drills = z.infer<typeof Drills>;

/** Whether tenants can be restored from the copy in the secondary region alone: never on the server that would be lost. */
export function drillsRegion({ drills, regions }: Pick<Deployment, 'drills' | 'regions'>): boolean {
  return drills?.scratch !== undefined && regions.secondary !== undefined;
}
