/**
 * How a deployed installation describes itself to the command line: one parameter in Systems Manager, so that a
 * person needs credentials and a name, but no file. It names resources and contains no secret.
 */
import * as z from 'zod';
import { FunctionConfig, TenantSettings } from './function-config.ts';
import { GovernanceSettings, NO_GOVERNANCE } from './governance-settings.ts';
import { NO_OPERATIONS, OperationsSettings } from './operations-settings.ts';
import { WORKFLOW_NAMES } from './workflows.ts';

/** Name of the parameter. */
export function installationParameter(name: string): string {
  return `/holdfast/${name}`;
}

const Arn = z.string().startsWith('arn:');

export const Installation = z.object({
  format: z.literal('holdfast.installation/1'),
  /** The configuration of the functions: the same vault, catalog, keys and source. */
  functions: FunctionConfig,
  /** Only if the vault is in another account: the roles there for people, the most permitted first. */
  vaultRoles: z.array(Arn).optional(),
  /** State machines of this region: a standby only restores. */
  workflows: z.partialRecord(z.enum(WORKFLOW_NAMES), Arn),
  /** Where approvers send their decision, signed for Lambda. */
  approvalUrl: z.url(),
  /** Where people request restores, signed likewise. */
  requestUrl: z.url(),
  /** Where people acknowledge failures, signed likewise. */
  acknowledgeUrl: z.url(),
  /** Where people ask about the log of a tenant, signed likewise. */
  investigateUrl: z.url(),
  /** Where people request holds, releases and shorter retention; absent in a standby. */
  actionUrl: z.url().exactOptional(),
  /** Where people ask about the regions and request fail-overs to this one; absent without a fail-over. */
  failoverUrl: z.url().exactOptional(),
  /** Where people post on the status page, signed likewise; absent without one. */
  statusUrl: z.url().exactOptional(),
  /** The object with InstallationFiles, which are too long for a parameter. */
  files: z.object({ bucket: z.string(), key: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
});
export type Installation = z.infer<typeof Installation>;

/** Files deployed with the functions' code. */
export const InstallationFiles = z.object({
  format: z.literal('holdfast.installation-files/1'),
  /** The tenant model, as the YAML that was reviewed. */
  model: z.string(),
  tenants: TenantSettings,
  /** Absent from files of earlier versions. */
  governance: GovernanceSettings.default(NO_GOVERNANCE),
  /** Likewise. */
  operations: OperationsSettings.default(NO_OPERATIONS),
});
export type InstallationFiles = z.infer<typeof InstallationFiles>;
