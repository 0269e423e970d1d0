/** One line of a bill: an amount and the arithmetic that it comes from, as a person checks it. */
import { type PriceName, priceOf } from './aws-prices.ts';

export interface CostLine {
  /** Service, and in which of the three regions: the line's heading. */
  readonly group: string;
  readonly name: string;
  /** Dollars a month for the whole fleet. */
  readonly usd: number;
  readonly arithmetic: string;
}

/** How many, of what. */
export type Factor = readonly [number, string];

/** The product of the factors at the region's price; a price that stands in for a missing one is named. */
export function costLine(
  group: string,
  name: string,
  region: string,
  price: PriceName,
  factors: readonly Factor[],
): CostLine {
  const { usd, per, standsIn } = priceOf(price, region);
  const amount = factors.reduce((product, [value]) => product * value, usd / per);
  const asked = `$${plainNumber(usd)}${per === 1 ? '' : `/${formatCount(per)}`}`;
  const note = standsIn ? ` (price of ${standsIn}: none found for ${region})` : '';
  const text = [...factors.map(([value, what]) => `${formatCount(value)} ${what}`), asked].join(' × ');
  return { group, name, usd: amount, arithmetic: `${text}${note}` };
}

/** `43,200`, `1.5`, `0.02`: three digits that count, or all of a whole number. */
export function formatCount(value: number): string {
  if (Number.isInteger(value) || value >= 1000) return Math.round(value).toLocaleString('en-US');
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 8 });
}

function plainNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 12 });
}
