/** `retention`: why each backup is kept, what other periods would do, and the approved change to shorter ones. */
import { type Command, InvalidArgumentError } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { maySeeHidden } from '../../lib/domain/hold.ts';
import type { RetentionField } from '../../lib/domain/policy-change.ts';
import { RetentionPolicy } from '../../lib/domain/retention.ts';
import { SYSTEM } from '../../lib/domain/tenant.ts';
import { type TenantItem, tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { comparedPolicy, waitingChanges } from '../../lib/operations/governance/asked-periods.ts';
import { showRetention } from '../../lib/operations/retention/show-retention.ts';
import { type ChangedPolicy, simulatePolicy } from '../../lib/operations/retention/simulate-policy.ts';
import type { Deps } from '../../lib/ports.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { type NamedRetention, renderRetention, renderSimulation, storageDollars } from '../terminal/retention-text.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { runGoverned } from './governed-command.ts';

const PERIODS: Readonly<Record<RetentionField, string>> = {
  dailyDays: '--daily-days',
  weeklyDays: '--weekly-days',
  monthlyDays: '--monthly-days',
  annualDays: '--annual-days',
  logDays: '--log-days',
};

export function registerRetention(program: Command): void {
  const retention = program.command('retention').description('show what is kept and why, simulate other periods');
  retention
    .command('show')
    .description('show each backup with its classes, reasons and lock')
    .argument('[tenant]', 'only this tenant')
    .addHelpText('after', '\nExamples:\n  $ holdfast retention show acme\n  $ holdfast retention show --json')
    .action(inSession(show));
  const plan = retention
    .command('plan')
    .description('simulate other retention periods; change nothing')
    .option('--tenant <tenant>', 'only this tenant (default: all)');
  for (const [field, flag] of Object.entries(PERIODS)) {
    plan.option(`${flag} <n>`, `days of \`${field}\` (default: as configured)`, days);
  }
  plan
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast retention plan --daily-days 14\n  $ holdfast retention plan --tenant acme --annual-days 3653 --json\n\nCompares with the periods in force. Longer periods take effect when they are\nconfigured; shorter ones need `holdfast retention change`.',
    )
    .action(inSession(simulate));
  retention
    .command('change')
    .description('request the shorter periods that are configured')
    .argument('[tenant]', 'only this tenant (default: all that wait)')
    .requiredOption('--reason <text>', 'why')
    .option('--ticket <id>', 'reference in your own system')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--break-glass', 'execute at once, without approvals; it alarms')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast retention change --reason "shorter contract"\n\nConfigure the periods first: until the change is approved, `holdfast expire`\nkeeps by the longer ones.',
    )
    .action(inSession(change));
}

interface ChangeOptions {
  readonly reason: string;
  readonly ticket?: string;
  readonly yes?: boolean;
  readonly breakGlass?: boolean;
}

/** Asks for the shorter periods that are configured, of one tenant or of all that wait. */
async function change(session: Session, tenant: string | undefined, options: ChangeOptions): Promise<void> {
  await session.ready();
  const retentionOf = await session.retentionOf();
  const deps = await session.deps();
  const listed = await chosen(session, deps, tenant);
  const changes = await waitingChanges(
    deps,
    listed.map(({ ref }) => ref),
    retentionOf,
  );
  if (session.deployed && tenant === undefined)
    throw new InputError('usage', `On AWS each tenant is requested by itself: ${changes.length} of them wait.`, {
      hint: 'Name the tenant: `holdfast retention change TENANT`. `holdfast retention show` says which wait.',
    });
  await runGoverned(session, {
    ...{ action: 'change-policy', tenant: tenant === undefined ? SYSTEM : listed[0]!.ref, input: { changes } },
    ...{ reason: options.reason, ...(options.ticket !== undefined && { ticket: options.ticket }) },
    ...{ yes: options.yes ?? false, breakGlass: options.breakGlass ?? false },
  });
}

/** A whole number of days. */
function days(text: string): number {
  const parsed = RetentionPolicy.shape.dailyDays.safeParse(/^\d{1,6}$/.test(text) ? Number(text) : undefined);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('expected days from 1 to 36500');
}

async function show(session: Session, tenant: string | undefined): Promise<void> {
  await session.ready();
  const retentionOf = await session.retentionOf();
  const deps = await session.deps();
  const sees = await seesHidden(session);
  const shown: NamedRetention[] = [];
  for (const { ref, tenantId } of await chosen(session, deps, tenant)) {
    shown.push({ ...(await showRetention(deps, ref, retentionOf(ref), sees)), tenantId });
  }
  session.emit({ tenants: shown }, () => renderRetention(shown, lookOf(session)));
}

/** On AWS, IAM decides who reads the vault. */
async function seesHidden(session: Session): Promise<boolean> {
  return session.deployed !== undefined || maySeeHidden(await session.principal());
}

type SimulateOptions = { readonly tenant?: string } & Partial<RetentionPolicy>;

async function simulate(session: Session, { tenant, ...asked }: SimulateOptions): Promise<void> {
  await session.ready();
  const retentionOf = await session.retentionOf();
  const deps = await session.deps();
  const listed = await chosen(session, deps, tenant);
  const changes: ChangedPolicy[] = [];
  for (const { ref } of listed) changes.push(await comparedPolicy(deps, ref, retentionOf(ref), asked));
  const simulation = await simulatePolicy(deps, changes, await seesHidden(session));
  const regions = session.deployed ? regionsOf(await session.deployed()) : [];
  const document = { ...simulation, usdPerMonth: storageDollars(simulation.bytes, regions) ?? null };
  const names = new Map<string, string>(listed.map(item => [item.ref, item.tenantId ?? item.ref]));
  session.emit(document, () => renderSimulation(document, names, lookOf(session)));
}

/** All tenants of the catalog, or the one. InputError `ambiguous-tenant`. */
async function chosen(session: Session, deps: Deps, tenant: string | undefined): Promise<TenantItem[]> {
  const listed = await tenants.list(deps.catalog);
  if (tenant === undefined) return listed;
  const { ref, id } = await askedTenant(session, tenant);
  return listed.some(item => item.ref === ref)
    ? listed.filter(item => item.ref === ref)
    : [{ ref, tenantId: id, firstSeen: '' }];
}

function regionsOf({ description }: { readonly description: { readonly functions: FunctionRegions } }): string[] {
  const { region, otherVaults } = description.functions;
  return [region, ...otherVaults.map(other => other.region)];
}

interface FunctionRegions {
  readonly region: string;
  readonly otherVaults: readonly { readonly region: string }[];
}

function lookOf(session: Session) {
  return { style: session.style, zone: session.zone(), columns: session.columns };
}
