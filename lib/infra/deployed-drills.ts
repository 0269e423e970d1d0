/**
 * The section `drills` of a deployment, as the functions read it. Apart from its schema: the command line knows the schema, and
 * must not load the CDK.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type DeployedDrills, ScheduledKind } from '../domain/deployed-drills.ts';
import { InputError } from '../domain/errors.ts';
import type { Deployment } from './deployment.ts';
import { type Drills, drillsRegion } from './drill-settings.ts';
import { awsRegion } from './names.ts';

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
