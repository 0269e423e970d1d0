/**
 * The CDK app: reads one deployment file, checks it, and makes the stacks. Which file: context `deployment`, else
 * deployment.ts, else the example, with a warning.
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
    'There is no deployment.ts: using deployment.example.ts, which is not yours. Copy it to deployment.ts.',
  );
  return join(ROOT, 'deployment.example.ts');
}
