/**
 * The CDK app: reads a deployment file, validates it and creates the stacks. The file is the one in context `deployment`,
 * else deployment.ts, else the example, with a warning.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { HoldfastError } from '../lib/domain/errors.ts';
import { parseDeployment } from '../lib/infra/deployment.ts';
import { holdfastStacks } from '../lib/infra/holdfast-app.ts';

const ROOT = join(import.meta.dirname, '..');

try {
  const app = new App();
  const file = deploymentFile(app.node.tryGetContext('deployment'));
  const module = await import(pathToFileURL(file).href);
  holdfastStacks(app, { deployment: parseDeployment(module.default, file), file });
  app.synth();
} catch (error) {
  if (!(error instanceof HoldfastError)) throw error;
  console.error(`${error.message}\n${error.hint}`);
  process.exitCode = 2;
}

function deploymentFile(named: string | undefined): string {
  if (named !== undefined) return resolve(named);
  const own = join(ROOT, 'deployment.ts');
  if (existsSync(own)) return own;
  console.error(
    'There is no deployment.ts: using the example. Copy deployment.example.ts to deployment.ts and fill in your values.',
  );
  return join(ROOT, 'deployment.example.ts');
}
