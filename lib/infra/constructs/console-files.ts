/**
 * Puts the pages of the console into its bucket with each deployment: a function that has the files beside its code, and a
 * resource of CloudFormation that calls it when they change, and at the end. Invariant: the function writes to that bucket
 * and reaches nothing of the installation.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { InputError } from '../../domain/errors.ts';
import { functionMemoryMb } from '../../domain/function-memory.ts';
import { SITE_DIRECTORY } from '../../domain/published-console.ts';
import type { SignInSettings } from '../../domain/sign-in-settings.ts';
import type { Deployment } from '../deployment.ts';
import { awsRegion, topicArn } from '../names.ts';
import { accept } from './accepted.ts';
import { allow } from './grant.ts';
import { HoldfastFunction } from './holdfast-function.ts';

export interface ConsoleFilesProps {
  readonly deployment: Deployment;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
  /** The built pages. */
  readonly siteDirectory: string;
  readonly bucket: s3.Bucket;
  readonly settings: SignInSettings;
}

const NAME = 'publish-console';
const ROOT = join(import.meta.dirname, '../../..');
/** In a checkout that was built, and in the npm package beside the library. */
const BUILT = [join(ROOT, 'dist/console'), join(ROOT, '../console')];

/** The built pages. InputError `console-not-built`. */
export function builtConsole(): string {
  const found = BUILT.find(place => existsSync(join(place, 'index.html')));
  if (found !== undefined) return found;
  throw new InputError('console-not-built', 'The pages of the console are not there.', {
    hint: 'In a checkout, run `npm run build` once, or leave out `console`.',
  });
}

export class ConsoleFiles extends Construct {
  constructor(scope: Construct, id: string, props: ConsoleFilesProps) {
    super(scope, id);
    const { deployment, bucket, siteDirectory, settings } = props;
    const { name, installation, alarms } = deployment;
    const made = new HoldfastFunction(this, NAME, {
      ...{ name: NAME, handler: NAME, description: 'Puts the pages of the console into their bucket' },
      code: lambda.Code.fromAsset(withPages(props)),
      config: {
        ...{ name, installation, region: awsRegion(deployment, 'primary'), runbook: alarms.runbook },
        topics: { alarm: topicArn(deployment, 'alarm'), info: topicArn(deployment, 'info') },
      },
      memoryMb: functionMemoryMb(NAME),
      timeout: Duration.minutes(2),
    });
    allow(made.function, ['s3:PutObject', 's3:DeleteObject'], [bucket.arnForObjects('*')]);
    allow(made.function, ['s3:ListBucket'], [bucket.bucketArn]);
    accept(
      made,
      'AwsSolutions-IAM5',
      'The names of the files change with each build; X-Ray supports no resource-level permissions.',
    );
    const files = new CustomResource(this, 'Files', {
      resourceType: 'Custom::ConsoleFiles',
      serviceToken: made.function.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: {
        bucket: bucket.bucketName,
        digest: digestOf(siteDirectory),
        settings: Stack.of(this).toJsonString(settings),
      },
    });
    files.node.addDependency(made, bucket);
  }
}

/** The code of the functions with the pages beside it, in a new directory. */
function withPages({ codeDirectory, siteDirectory }: ConsoleFilesProps): string {
  const out = mkdtempSync(join(tmpdir(), 'holdfast-console-'));
  cpSync(codeDirectory, out, { recursive: true });
  cpSync(siteDirectory, join(out, SITE_DIRECTORY), { recursive: true });
  return out;
}

function digestOf(directory: string): string {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(relative(directory, name)).update('\0').update(readFileSync(name)).update('\0');
  return hash.digest('hex');
}
