/**
 * The file that says which regions an installation on machines of its own has (docs/failover.md). The same for all, but for
 * `region`.
 */
import * as z from 'zod';
import { LONGEST_AUTOMATIC_LEASE } from './automatic-failover.ts';
import { PlaceName } from './region-state.ts';

const Path = z.string().min(1, 'expected a path, relative to this file');

const Place = z.strictObject({
  region: PlaceName,
  /** Directory of its vault, as this machine reaches it. */
  vault: Path,
  /** It has a vote and no database. */
  witness: z.boolean().default(false),
  /** URL of its database, as this machine reaches it; `${NAME}` stands for a variable. */
  database: z.string().min(1).exactOptional(),
});

export const RegionsFile = z
  .strictObject({
    format: z.literal('holdfast.regions/1'),
    /** Where this machine is. */
    region: PlaceName,
    /** Where the application belongs. */
    home: PlaceName,
    places: z.array(Place).min(2).max(3),
    /** How long what the places said holds, in seconds: a fail-over waits this long. */
    leaseSeconds: z.number().min(1).max(600).default(30),
    /** How long a planned fail-over waits until this region has everything, in seconds. */
    drainSeconds: z.number().min(1).max(86_400).default(600),
    /** A region that finds the active one lost takes over by itself. */
    automatic: z.boolean().default(false),
    /** Told by an HTTP POST which region is active. */
    webhook: z.url({ protocol: /^https?$/ }).exactOptional(),
  })
  .superRefine(({ places, region, home, automatic, leaseSeconds }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    const names = places.map(place => place.region);
    const served = places.filter(({ witness }) => !witness);
    if (new Set(names).size < names.length) refuse('every place needs a region of its own');
    if (served.length !== 2) refuse('two places have a database, and a third can be a witness');
    if (!served.some(place => place.region === home)) refuse(`${home} is no place with a database`);
    if (!names.includes(region)) refuse(`${region} is no place`);
    if (automatic && served.length === places.length)
      refuse('automatic needs a witness: of two regions, neither knows which of them is cut off');
    if (automatic && leaseSeconds > LONGEST_AUTOMATIC_LEASE)
      refuse(`automatic needs leaseSeconds of at most ${LONGEST_AUTOMATIC_LEASE}, which five probes can outlast`);
  });
export type RegionsFile = z.infer<typeof RegionsFile>;
