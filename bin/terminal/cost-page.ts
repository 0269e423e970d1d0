/** The tables of docs/cost.md: what a buyer asks first; fleets with their arithmetic; the prices with date and source. */
import { priceList } from '../../lib/planner/aws-prices.ts';
import { fleetCost } from '../../lib/planner/fleet-cost.ts';
import { ASSUMPTIONS, FLEET_SIZES, profileOf } from '../../lib/planner/fleet-profile.ts';
import { type FleetSettings, inRegions } from '../../lib/planner/fleet-settings.ts';
import { dollars, markdownCost } from './cost-text.ts';
import { count, size } from './format.ts';

/** The fleets of docs/cost.md: small ones with a key each, large ones with pooled keys. */
export function costPage(settings: FleetSettings): string {
  const fleets = FLEET_SIZES.map(tenants => {
    const profile = profileOf(tenants);
    const { minute, hour, day } = profile.active;
    const percent = (share: number) => `${Number((share * 100).toPrecision(2))} %`;
    const modes = (['dedicated', 'pooled'] as const).map(mode => {
      const priced = fleetCost(profile, { ...settings, keys: { mode } }, ASSUMPTIONS);
      return { mode, priced };
    });
    const chosen = modes[tenants > 100 ? 1 : 0]!;
    const other = modes[tenants > 100 ? 0 : 1]!;
    const bills = ([1, 2] as const).map(regions =>
      dollars(fleetCost(profile, { ...inRegions(settings, regions), keys: { mode: chosen.mode } }, ASSUMPTIONS).usd),
    );
    return [
      `### ${count(tenants)} tenants: ${dollars(chosen.priced.usd)} a month, ${dollars(chosen.priced.usdPerTenant)} a tenant`,
      '',
      `An average tenant has ${size(profile.tenantBytes)} of rows and generates ${size(profile.changedBytesPerDay)} of change log a day;`,
      `${percent(minute)} of the tenants change something in a minute, ${percent(hour)} in an hour, ${percent(day)} in a day.`,
      `Three regions; in two ${bills[1]} a month, in one ${bills[0]}.`,
      `Keys: ${chosen.mode}. With ${other.mode} keys: ${dollars(other.priced.usd)} a month, ${dollars(other.priced.usdPerTenant)} a tenant.`,
      '',
      markdownCost(chosen.priced),
      '',
    ].join('\n');
  });
  return [...fleets, '### Prices', '', priceTable(), ''].join('\n');
}

/** Fleets of a buyer's question. */
const BUYERS_FLEETS = [10, 100, 1000, 10_000];

/** The first table of the page: dollars a month and a tenant, by keys, in three regions and in one. */
export function buyersTable(settings: FleetSettings): string {
  const bill = (tenants: number, mode: 'pooled' | 'dedicated', regions: 1 | 3) => {
    const chosen = regions === 3 ? settings : inRegions(settings, regions);
    const { usd, usdPerTenant } = fleetCost(profileOf(tenants), { ...chosen, keys: { mode } }, ASSUMPTIONS);
    return `${dollars(usd)} (${dollars(usdPerTenant)})`;
  };
  const rows = BUYERS_FLEETS.map(tenants =>
    [
      ...[count(tenants), size(profileOf(tenants).tenantBytes)],
      ...[bill(tenants, 'pooled', 3), bill(tenants, 'dedicated', 3), bill(tenants, 'pooled', 1)],
    ].join(' | '),
  );
  return [
    '| tenants | rows of each | pooled keys | a key for each tenant | pooled keys, one region |',
    '| ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(row => `| ${row} |`),
    '',
  ].join('\n');
}

function priceTable(): string {
  const cell = (usd: number | null) =>
    usd === null ? 'none found' : `$${usd.toLocaleString('en-US', { maximumFractionDigits: 12 })}`;
  const rows = priceList().map(
    ({ unit, per, asOf, source, usd }) =>
      `| ${per === 1 ? '' : `${count(per)} `}${unit} | ${cell(usd['eu-central-1'])} | ${cell(usd['eu-west-1'])} | ${cell(usd['us-east-1'])} | ${asOf} | [source](${source}) |`,
  );
  return [
    '| for | eu-central-1 | eu-west-1 | us-east-1 | list of | |',
    '| --- | ---: | ---: | ---: | --- | --- |',
    ...rows,
  ].join('\n');
}
