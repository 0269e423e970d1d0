/** The section `drills` of a deployment: recovery that is tried on AWS. Without it there is no state machine for drills. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { type DeployedDrills, ScheduledKind } from '../domain/deployed-drills.ts';
import { InputError } from '../domain/errors.ts';
import type { Deployment } from './deployment.ts';
import { awsRegion } from './names.ts';

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
type Drills = z.infer<typeof Drills>;

/** Whether tenants can be restored from the copy in the secondary region alone: never on the server that would be lost. */
export function drillsRegion({ drills, regions }: Pick<Deployment, 'drills' | 'regions'>): boolean {
  return drills?.scratch !== undefined && regions.secondary !== undefined;
}

/** Kinds that start when they are due. */
function kindsOf(drills: Drills, region: boolean): DeployedDrills['kinds'] {
  return (drills.kinds ?? ScheduledKind.options).filter(kind => kind !== 'region' || region);
}

/** `directory`: of the deployment's file. InputError `no-acceptance-file`. */
export function deployedDrills(deployment: Deployment, directory: string): DeployedDrills | undefined {
  const { drills } = deployment;
  if (drills === undefined) return undefined;
  const { atOnce, template, acceptanceSql, acceptanceHook, scratch } = drills;
  const region = drillsRegion(deployment);
  return {
    ...{ kinds: kindsOf(drills, region), atOnce },
    ...(region && { region: awsRegion(deployment, 'secondary') }),
    ...(template !== undefined && { template }),
    ...(acceptanceSql !== undefined && { acceptanceSql: sqlIn(resolve(directory, acceptanceSql)) }),
    ...(acceptanceHook !== undefined && { acceptanceHook }),
    ...(scratch && {
      scratch: {
        ...{ host: scratch.host, port: scratch.port, database: scratch.database, secretArn: scratch.secretArn },
      },
    }),
  };
}

function sqlIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new InputError('no-acceptance-file', `The file ${file} cannot be read.`, {
      hint: 'Correct drills.acceptanceSql in the deployment.',
      cause,
    });
  }
}
