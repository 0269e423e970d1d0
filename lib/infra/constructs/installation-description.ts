/**
 * The description of this installation for the command line: one parameter that names its resources, and one object with
 * the tenant model and the settings of individual tenants. Neither contains a secret. Invariant: both describe what was
 * deployed with the functions, never anything newer.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { type Installation, type InstallationFiles, installationParameter } from '../../domain/installation.ts';
import type { Deployment } from '../deployment.ts';
import { type WorkRegion, workflowArn, workflowsIn } from '../names.ts';
import { vaultPeopleRoles } from '../vault-names.ts';
import { functionConfig } from './function-set.ts';

export interface InstallationDescriptionProps {
  readonly deployment: Deployment;
  readonly region: WorkRegion;
  readonly files: InstallationFiles;
  readonly approvalUrl: string;
  readonly requestUrl: string;
  readonly acknowledgeUrl: string;
  readonly investigateUrl: string;
  /** @default - a standby has none */
  readonly actionUrl?: string;
  /** @default - the deployment has no fail-over */
  readonly failoverUrl?: string;
  /** @default - the deployment has no status page */
  readonly statusUrl?: string;
}

export class InstallationDescription extends Construct {
  readonly files: Asset;

  constructor(scope: Construct, id: string, props: InstallationDescriptionProps) {
    super(scope, id);
    const { deployment, region, files, approvalUrl, requestUrl, acknowledgeUrl, investigateUrl, actionUrl } = props;
    const { failoverUrl, statusUrl } = props;
    const text = JSON.stringify(files);
    this.files = new Asset(this, 'Files', { path: fileWith(text) });
    const description: Installation = {
      format: 'holdfast.installation/1',
      functions: functionConfig(deployment, region),
      ...(deployment.vault && { vaultRoles: vaultPeopleRoles(deployment, region) }),
      workflows: Object.fromEntries(
        workflowsIn(deployment, region).map(name => [name, workflowArn(deployment, name, region)]),
      ),
      ...{ approvalUrl, requestUrl, acknowledgeUrl, investigateUrl, ...(actionUrl && { actionUrl }) },
      ...{ ...(failoverUrl && { failoverUrl }), ...(statusUrl && { statusUrl }) },
      files: {
        bucket: this.files.s3BucketName,
        key: this.files.s3ObjectKey,
        sha256: createHash('sha256').update(text).digest('hex'),
      },
    };
    new ssm.StringParameter(this, 'Parameter', {
      parameterName: installationParameter(deployment.name),
      description: 'Describes this installation to the command line of Holdfast. Contains names only, no secret.',
      stringValue: Stack.of(this).toJsonString(description),
      // The standard tier holds 4 KB: long names, people's roles and three regions can need more.
      tier: ssm.ParameterTier.INTELLIGENT_TIERING,
    });
  }
}

function fileWith(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-files-')), 'installation.json');
  writeFileSync(path, text);
  return path;
}
