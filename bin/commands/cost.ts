/** `cost`: dollars a month, line by line and with the arithmetic, from a deployment and the figures in the catalog. */
import type { Command } from 'commander';
import { HoldfastError, InputError } from '../../lib/domain/errors.ts';
import { countedProfile, measureFleet } from '../../lib/operations/catalog/measure-fleet.ts';
import { fleetCost } from '../../lib/planner/fleet-cost.ts';
import { ASSUMPTIONS, type Assumptions, type FleetProfile } from '../../lib/planner/fleet-profile.ts';
import { type FleetSettings, onlyRegions } from '../../lib/planner/fleet-settings.ts';
import { readDeployment, usualDeployment } from '../deployment-file.ts';
import { buyersTable, costPage } from '../terminal/cost-page.ts';
import { dollars, renderCost } from '../terminal/cost-text.ts';
import { count, size } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';

interface CostOptions {
  readonly tenants?: string;
  readonly deployment?: string;
  readonly keys?: string;
  readonly network?: string;
  readonly regions?: string;
  readonly explain?: boolean;
  readonly markdown?: boolean;
}

export function registerCost(program: Command): void {
  program
    .command('cost')
    .description('estimate the monthly cost on AWS, line by line')
    .option('--tenants <number>', 'number of tenants (default: as in the catalog, else 1,000)')
    .option('--deployment <file>', 'deployment file (default: the default of every field)')
    .option('--keys <mode>', 'dedicated or pooled (default: as in the deployment)')
    .option('--network <kind>', 'access to AWS: endpoints, nat, or there if it already exists (default: endpoints)')
    .option('--regions <number>', 'copies of the vault: 1, 2 or 3 regions (default: as in the deployment)')
    .option('--explain', 'show every line with its arithmetic')
    .option('--markdown', 'print the tables of docs/cost.md: fleets of 10 to 100,000 tenants')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast cost --tenants 1000\n  $ holdfast cost --tenants 100000 --keys pooled --explain\n  $ holdfast cost --tenants 1000 --regions 1\n  $ holdfast cost --deployment deployment.ts --json\n\nList prices without free tiers. Figures from the catalog replace assumptions;\ndocs/cost.md lists the other assumptions.',
    )
    .action(inSession(cost));
}

async function cost(session: Session, options: CostOptions): Promise<void> {
  const settings = await pricedSettings(options);
  if (options.markdown) {
    process.stdout.write(`${buyersTable(settings)}\n${costPage(settings)}`);
    return;
  }
  const assumptions = { ...ASSUMPTIONS, network: networkOf(options) };
  const profile = await pricedProfile(session, options);
  const result = fleetCost(profile, settings, assumptions);
  session.emit({ ...result, profile, keys: settings.keys.mode, assumptions }, () => {
    const head = `${count(profile.tenants)} tenants of ${size(profile.tenantBytes)}, ${settings.keys.mode} keys, ${settings.regions.primary}: ${dollars(result.usd)} a month, ${dollars(result.usdPerTenant)} a tenant`;
    const known = profile.counted?.length
      ? `\nFrom the catalog: ${profile.counted.join(', ')}. The rest is assumed.`
      : '';
    const text = renderCost(result, { style: session.style, explain: options.explain ?? false });
    return `${session.style.bold(head)}${session.style.dim(known)}\n\n${text}`;
  });
}

/** The settings that the options choose. InputError `usage`, `no-deployment`, `bad-deployment`. */
export async function pricedSettings({
  deployment,
  keys,
  regions,
}: Pick<CostOptions, 'deployment' | 'keys' | 'regions'>): Promise<FleetSettings> {
  const read = deployment === undefined ? usualDeployment() : await readDeployment(deployment);
  const settings = regions === undefined ? read : onlyRegions(read, regions);
  if (keys === undefined) return settings;
  if (keys !== 'dedicated' && keys !== 'pooled') {
    throw new InputError('usage', `${keys} is not a key mode.`, { hint: 'Use --keys dedicated or --keys pooled.' });
  }
  return { ...settings, keys: { mode: keys } };
}

function networkOf({ network }: CostOptions): Assumptions['network'] {
  if (network === undefined) return ASSUMPTIONS.network;
  if (network === 'endpoints' || network === 'nat' || network === 'there') return network;
  throw new InputError('usage', `${network} is not a kind of access to AWS.`, {
    hint: 'Use --network endpoints, --network nat, or --network there if the VPC of the database already has one of them.',
  });
}

/** Counted where the catalog shows it, else assumed. InputError `usage`. */
export async function pricedProfile(session: Session, options: Pick<CostOptions, 'tenants'>): Promise<FleetProfile> {
  const asked = options.tenants === undefined ? undefined : Number(options.tenants.replaceAll(/[,_]/g, ''));
  if (asked !== undefined && !(Number.isInteger(asked) && asked > 0)) {
    throw new InputError('usage', `${options.tenants} is not a number of tenants.`, {
      hint: 'For example --tenants 1000.',
    });
  }
  const known = await session.deps().then(measureFleet, unlessMissing);
  return countedProfile(known, asked);
}

/** Without a configuration there are no figures; every other error is reported. */
function unlessMissing(error: unknown): Partial<FleetProfile> {
  if (error instanceof HoldfastError && error.code === 'no-config') return {};
  throw error;
}
