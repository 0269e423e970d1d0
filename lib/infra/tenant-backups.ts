/**
 * Holdfast in somebody's CDK app: a construct that takes the database, its network and its secret as constructs, and makes
 * the same stacks as a deployment file. Several sources are several constructs, each with its own name and installation.
 *
 * Invariant: two of them in one account and app share no name and no tenant's key.
 */
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { InputError } from '../domain/errors.ts';
import {
  DATABASE_FIELDS,
  type DatabaseProps,
  environmentOf,
  refuseUnknownFields,
  type SourceProps,
  sourceOf,
} from './database-constructs.ts';
import { type Deployment, type DeploymentInput, InstallationSettings, parseSettings } from './deployment.ts';
import { holdfastStacks } from './holdfast-app.ts';

/** Every setting that is no place, under the names of docs/configuration.md. */
type SharedSettings = Omit<DeploymentInput, 'account' | 'source' | 'tenantModel' | 'regions'>;
const SHARED = Object.keys(InstallationSettings.shape) as (keyof SharedSettings)[];
/** Every other field. */
const PLACES = {
  ...{ database: true, slot: true, publication: true, certificates: true },
  ...{ model: true, regions: true, standby: true },
} satisfies Record<Exclude<keyof TenantBackupsProps, keyof SharedSettings | keyof DatabaseProps>, true>;

export interface TenantBackupsProps extends SharedSettings, SourceProps {
  /** The reviewed tenant model: a file, relative to the directory of cdk.json. */
  readonly model: string;
  /** Regions of the copies of the vault. @default - none: the vault is in the region of the database alone */
  readonly regions?: { readonly secondary?: string; readonly tertiary?: string };
  /** The physical copy of the database in the secondary region, for restores there. @default - none */
  readonly standby?: DatabaseProps;
}

/** What identifies an installation in its account. */
type Identity = Pick<Deployment, 'name' | 'installation' | 'account' | 'vault'>;

export class TenantBackups extends Construct {
  /** The stacks of the installation, to tag them or to depend on them. */
  readonly stacks: readonly Stack[];
  private readonly identity: Identity;

  /** InputError `bad-deployment`, `no-tenant-model`, `bad-model`, `no-database-ca`, `bad-policy`. */
  constructor(scope: Construct, id: string, props: TenantBackupsProps) {
    super(scope, id);
    refuseUnknownFields(this, props, [
      ...SHARED.filter(field => String(field) !== 'account'),
      ...DATABASE_FIELDS,
      ...Object.keys(PLACES),
    ]);
    if (typeof props.model !== 'string')
      throw new InputError('no-tenant-model', `${this.node.path}: no tenant model is named.`, {
        hint: 'Give model: the file that `npx holdfast discover` writes.',
      });
    const { account, region } = environmentOf(this, props);
    const shared = Object.fromEntries(SHARED.map(field => [field, props[field]]));
    const input = { ...shared, account, regions: { primary: region, ...props.regions } };
    const settings = parseSettings(input, this.node.path);
    this.identity = settings;
    this.refuseCollisions();
    const deployment: Deployment = {
      ...{ ...settings, tenantModel: props.model },
      source: sourceOf(this, settings, props),
    };
    // The CDK runs an app in the directory of cdk.json.
    holdfastStacks(this, { deployment, file: join(process.cwd(), 'cdk.json') });
    this.stacks = this.node.children.filter(child => Stack.isStack(child));
  }

  private refuseCollisions(): void {
    for (const other of this.node.root.node.findAll()) {
      if (!(other instanceof TenantBackups) || other === this || other.identity === undefined) continue;
      const field = collision(this.identity, other.identity);
      if (field === undefined) continue;
      throw new InputError(
        'bad-deployment',
        `${this.node.path} and ${other.node.path} are in one account and have colliding values of ${field}.`,
        {
          hint: 'Give each its own installation, and a name that does not begin with that of the other and a dash. Neither can change once there are backups.',
        },
      );
    }
  }
}

/** Names of resources begin with the name and a dash; tenants' keys are named after installation and tenant. */
function collision(one: Identity, other: Identity): 'name' | 'installation' | undefined {
  if (!shareAnAccount(one, other)) return undefined;
  if (`${one.name}-`.startsWith(`${other.name}-`) || `${other.name}-`.startsWith(`${one.name}-`)) return 'name';
  return one.installation === other.installation ? 'installation' : undefined;
}

/** An unknown account is that of the credentials, which can be any. */
function shareAnAccount(one: Identity, other: Identity): boolean {
  if (one.account === undefined || other.account === undefined) return true;
  const others = [other.account, other.vault?.account];
  return [one.account, one.vault?.account].some(account => account !== undefined && others.includes(account));
}
