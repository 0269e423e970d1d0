/** One line of a bill: an amount and its arithmetic, for a person to check. */
import { type PriceName, priceOf } from './aws-prices.ts';

export interface CostLine {
  /** Service and region: the heading of the line. */
  readonly group: string;
  readonly name: string;
  /** Dollars a month for the entire fleet. */
  readonly usd: number;
  readonly arithmetic: string;
}

/** Quantity and unit. */
export type Factor = readonly [number, string];

/** The product of the factors at the region's price; the region of a substituted price is named. */
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

/** `43,200`, `1.5`, `0.02`: three significant digits, or all of an integer. */
export function formatCount(value: number): string {
  if (Number.isInteger(value) || value >= 1000) return Math.round(value).toLocaleString('en-US');
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 8 });
}

function plainNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 12 });
}
