/** Reads a deployment file for commands that plan with it: the only place where the command line depends on the stacks. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '../lib/domain/errors.ts';
import { Deployment, parseDeployment } from '../lib/infra/deployment.ts';
import type { FleetSettings } from '../lib/planner/fleet-settings.ts';

/** InputError `no-deployment`, `bad-deployment`. */
export async function readDeployment(file: string): Promise<FleetSettings> {
  const path = resolve(file);
  let module: { default?: unknown };
  try {
    module = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw new InputError('no-deployment', `The deployment file ${path} does not exist or cannot be loaded.`, {
      hint: 'Copy deployment.example.ts to deployment.ts, fill in your values, and pass it with --deployment.',
      cause,
    });
  }
  return parseDeployment(module.default, path);
}

/** Every default of a deployment file, and the regions of the example. */
export function usualDeployment(): FleetSettings {
  const fields = { keys: true, schedules: true, retention: true, fleet: true, tiers: true, storage: true } as const;
  const usual = Deployment.pick(fields).parse({});
  return { ...usual, regions: { primary: 'eu-central-1', secondary: 'eu-west-1', tertiary: 'eu-north-1' } };
}
