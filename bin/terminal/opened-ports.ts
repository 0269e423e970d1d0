/**
 * What one run of the command line opens, each thing once and only when a command asks for it, and closes at the end: the
 * configuration file and the ports of this machine, or an installation on AWS.
 */
import { principalOfCaller, rolesOfCaller } from '../../lib/domain/caller-roles.ts';
import { InputError } from '../../lib/domain/errors.ts';
import type { Tier } from '../../lib/domain/objectives.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import type { Settings } from '../../lib/domain/settings.ts';
import type { TenantModel } from '../../lib/domain/tenant-model.ts';
import type { DecidedRetention } from '../../lib/domain/tenant-policy.ts';
import { listPolicies } from '../../lib/operations/catalog/tenant-policies.ts';
import type { Context } from '../../lib/operations/context.ts';
import { askedRetention } from '../../lib/operations/fleet/read-policies.ts';
import type { RecordDeps } from '../../lib/operations/governance/audit.ts';
import type { Catalog, Deps, Notifier } from '../../lib/ports.ts';
import type { AwsPorts } from '../../lib/runtime/aws.ts';
import { type Config, databaseCaFile, loadConfig } from '../../lib/runtime/config.ts';
import type { DeployedInstallation, InstallationAddress } from '../../lib/runtime/installation.ts';
import { openLocal, openLocalDeps } from '../../lib/runtime/local.ts';

export interface GlobalOptions {
  readonly config?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly installation?: string;
  readonly direct?: boolean;
}

/** Where an opened context sends its progress and its notices. */
export interface SessionPorts {
  readonly progress: NonNullable<Deps['progress']>;
  readonly notifier: Notifier;
}

/** Undefined: the command works on this machine. InputError `usage`. */
function addressOf({ profile, region, installation, direct, config }: GlobalOptions): InstallationAddress | undefined {
  if (profile === undefined && installation === undefined) {
    const given = region !== undefined ? '--region' : direct ? '--direct' : undefined;
    if (given === undefined) return undefined;
    throw new InputError('usage', `${given} is for an installation on AWS, and none is named.`, {
      hint: 'Add --profile PROFILE, or --installation NAME if the credentials are in the environment.',
    });
  }
  if (config !== undefined) {
    throw new InputError('usage', '--config is for this machine, --profile and --installation are for AWS.', {
      hint: 'Leave one of them out.',
    });
  }
  return { name: installation ?? 'holdfast', ...(profile && { profile }), ...(region && { region }) };
}

export class OpenedPorts {
  readonly address: InstallationAddress | undefined;
  readonly #options: GlobalOptions;
  readonly #ports: SessionPorts;
  readonly #toClose: { close(): Promise<void> }[] = [];
  #found: Promise<DeployedInstallation> | undefined;
  #aws: Promise<AwsPorts> | undefined;
  #config: Promise<Config> | undefined;
  #context: Promise<Context> | undefined;
  #recording: Promise<RecordDeps> | undefined;
  #zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  /** InputError `usage`. */
  constructor(options: GlobalOptions, ports: SessionPorts) {
    this.address = addressOf(options);
    this.#options = options;
    this.#ports = ports;
  }

  /** Of the configuration once it is loaded, else the machine's. */
  get zone(): string {
    return this.#zone;
  }

  /** Finds the installation at the address; undefined where the command works on this machine. */
  get deployed(): (() => Promise<DeployedInstallation>) | undefined {
    const { address } = this;
    return address && (() => this.#find(address));
  }

  /** InputError `local-only` for an installation on AWS. */
  config(): Promise<Config> {
    if (this.address) {
      throw new InputError(
        'local-only',
        'This command works with a configuration file, not with an installation on AWS.',
        { hint: 'Leave --profile and --installation out, and run it where holdfast.yaml is.' },
      );
    }
    this.#config ??= loadConfig(this.#options.config).then(loaded => {
      this.#zone = loaded.timeZone;
      return loaded;
    });
    return this.#config;
  }

  async retentionOf(): Promise<(tenant: string) => DecidedRetention> {
    if (this.address) {
      const policies = await (await this.#awsPorts(this.address)).allPolicies();
      return tenant => policies(tenant).retention;
    }
    const { settings, policyQuery } = await this.config();
    return policyQuery === undefined ? () => settings.keep : askedRetention(await this.context(), settings.keep);
  }

  /** On one machine tiers come from the team's query alone, as it last answered. */
  async tierOf(catalog: Catalog): Promise<(tenant: string) => Tier> {
    if (this.address) {
      const policies = await (await this.#awsPorts(this.address)).allPolicies();
      return tenant => policies(tenant).tier;
    }
    const answered = await listPolicies(catalog);
    return tenant => answered.get(tenant)?.tier ?? 'standard';
  }

  async deps(): Promise<Deps> {
    if (this.address) return (await this.#awsPorts(this.address)).storage;
    return this.#remembered(openLocalDeps(await this.config(), this.#ports));
  }

  /** The ports with the settings: for work that stores documents and needs no database. */
  async storage(): Promise<Deps & { readonly settings: Settings }> {
    if (this.address) return (await this.#awsPorts(this.address)).storage;
    const { settings } = await this.config();
    return { ...(await this.deps()), settings };
  }

  /** InputError `needs-database` where functions on AWS do the work. */
  context(model?: TenantModel): Promise<Context> {
    if (this.address && !this.#options.direct) {
      throw new InputError('needs-database', 'This command requires access to the database.', {
        hint: 'Run it on a machine that reaches the database, with --direct.',
      });
    }
    if (this.address) return this.#awsPorts(this.address).then(ports => ports.context());
    const ports = model === undefined ? this.#ports : { ...this.#ports, model };
    this.#context ??= this.config().then(loaded => this.#remembered(openLocal(loaded, ports)));
    return this.#context;
  }

  /** The user of this machine; on AWS the caller's identity, for what is shown: there, IAM and the functions decide. */
  async principal(): Promise<Principal> {
    if (!this.address) return (await import('../../lib/runtime/governance.ts')).principalOfMachine(await this.config());
    const { governance } = await this.#awsPorts(this.address);
    const arn = await (await this.#find(this.address)).caller();
    // Whoever opens what is sealed for auditors was admitted to it by IAM.
    return principalOfCaller(arn, rolesOfCaller(arn, governance.roles, 'auditor'), undefined);
  }

  /** Permissions and the audit trail of this machine's installation, opened once. */
  recording(): Promise<RecordDeps> {
    this.#recording ??= this.#openRecording();
    return this.#recording;
  }

  async #openRecording(): Promise<RecordDeps> {
    const { openRecordDeps } = await import('../../lib/runtime/governance.ts');
    return openRecordDeps(await this.config(), await this.deps());
  }

  async close(): Promise<void> {
    for (const each of this.#toClose.reverse()) await each.close().catch(() => {});
  }

  #find(address: InstallationAddress): Promise<DeployedInstallation> {
    // Loaded on demand: the AWS clients would slow down every local command.
    this.#found ??= import('../../lib/runtime/installation.ts').then(({ findInstallation }) =>
      findInstallation(address),
    );
    return this.#found;
  }

  #awsPorts(address: InstallationAddress): Promise<AwsPorts> {
    this.#aws ??= this.#openAws(address);
    return this.#aws;
  }

  async #openAws(address: InstallationAddress): Promise<AwsPorts> {
    const installation = await this.#find(address);
    const checksServer = this.#options.direct && installation.description.functions.source.tls;
    const caFile = checksServer ? { caFile: databaseCaFile() } : {};
    const { notifier, progress } = this.#ports;
    const made = await installation.open({ alsoNotify: notifier, progress, ...caFile });
    this.#toClose.push(made.storage.catalog);
    return made;
  }

  async #remembered<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> {
    const made = await opening;
    this.#toClose.push(made);
    return made;
  }
}
