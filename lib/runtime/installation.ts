/**
 * A deployed installation as the command line finds it: by its name, in the account and region of the caller's
 * credentials, never by a file. Invariant: the tenant model in use is the deployed one.
 */
import { createHash } from 'node:crypto';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type AwsTarget, clientOptions } from '../aws/clients.ts';
import { faultName } from '../aws/transient.ts';
import { InputError, IntegrityError } from '../domain/errors.ts';
import { Installation, InstallationFiles, installationParameter } from '../domain/installation.ts';
import { type AwsPorts, type OpenAwsOptions, openAws } from './aws.ts';
import { mapForPerson } from './person-errors.ts';

export interface InstallationAddress {
  /** `name` of the deployment. */
  readonly name: string;
  readonly profile?: string;
  /** Absent: the region of the profile or the environment. */
  readonly region?: string;
}

export interface DeployedInstallation {
  readonly description: Installation;
  readonly workflows: SFNClient;
  /** The caller's ARN according to IAM. */
  caller(): Promise<string>;
  /** The ports of its vault, keys and catalog, with the caller's permissions. */
  open(how?: Pick<OpenAwsOptions, 'alsoNotify' | 'progress' | 'caFile'>): Promise<AwsPorts>;
  readonly target: AwsTarget;
}

/** InputError `no-region`, `no-credentials`, `no-installation`, `bad-installation`; StorageError `aws-unreachable`. */
export async function findInstallation(address: InstallationAddress): Promise<DeployedInstallation> {
  const target = { region: await regionOf(address), ...(address.profile && { profile: address.profile }) };
  const options = clientOptions(target);
  const description = await describe(new SSMClient(options), address.name, target.region);
  let files: Promise<InstallationFiles> | undefined;
  async function caller() {
    const { Arn } = await mapForPerson('identifying the caller', () =>
      new STSClient(options).send(new GetCallerIdentityCommand({})),
    );
    return Arn!;
  }
  return {
    description,
    target,
    workflows: new SFNClient(options),
    caller,
    async open(how = {}) {
      files ??= readFiles(new S3Client(options), description);
      const { vaultRoles } = description;
      const inVault = vaultRoles && { vaultRoles, caller: (await caller()).split('/').at(-1)! };
      return openAws(description.functions, { ...how, ...target, ...inVault, files: await files });
    },
  };
}

async function regionOf({ region, profile }: InstallationAddress): Promise<string> {
  if (region !== undefined) return region;
  try {
    return await new SSMClient({ ...(profile && { profile }) }).config.region();
  } catch (cause) {
    throw new InputError('no-region', 'No AWS region is configured.', {
      hint: 'Specify the primary region of the installation with --region, in the profile or in AWS_REGION.',
      cause,
    });
  }
}

async function describe(client: SSMClient, name: string, region: string): Promise<Installation> {
  const Name = installationParameter(name);
  const { Parameter } = await mapForPerson('reading the description of the installation', () =>
    client.send(new GetParameterCommand({ Name })),
  ).catch(error => {
    if (error.code === 'not-allowed') throw notYours(name, region, error);
    if (faultName((error as Error).cause) !== 'ParameterNotFound') throw error;
    throw new InputError('no-installation', `Found no installation ${JSON.stringify(name)} in ${region}.`, {
      hint: 'Specify its name (`name` in deployment.ts) with --installation, its region with --region, and the account with --profile.',
      cause: error,
      details: { parameter: Name, region },
    });
  });
  const parsed = Installation.safeParse(JSON.parse(Parameter?.Value ?? 'null'));
  if (parsed.success) return parsed.data;
  throw new InputError(
    'bad-installation',
    `The installation ${JSON.stringify(name)} was deployed with another version of Holdfast.`,
    {
      hint: 'Use the version of the command line that it was deployed with, or deploy it again with this version.',
      details: { fields: parsed.error.issues.map(issue => issue.path.join('.')) },
    },
  );
}

/** A person is allowed to read one name: AWS denies any other, whether there is such an installation or not. */
function notYours(name: string, region: string, cause: unknown): InputError {
  const called = JSON.stringify(name);
  return new InputError('not-allowed', `These credentials do not allow using an installation ${called} in ${region}.`, {
    hint: 'Check --installation and --region. The policy NAME-operator (or NAME-approver for approvals) of the recovery stack allows it.',
    cause,
  });
}

async function readFiles(client: S3Client, { files }: Installation): Promise<InstallationFiles> {
  const body = await mapForPerson('reading the deployed tenant model', async () => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: files.bucket, Key: files.key }));
    return Body!.transformToByteArray();
  });
  if (createHash('sha256').update(body).digest('hex') !== files.sha256) {
    throw new IntegrityError(
      'installation-altered',
      'The tenant model in the bucket differs from the one that was deployed.',
      {
        hint: 'Deploy the stacks again, and find out who can write to the bucket of the CDK assets.',
        details: { object: files.key },
      },
    );
  }
  return InstallationFiles.parse(JSON.parse(Buffer.from(body).toString('utf8')));
}
