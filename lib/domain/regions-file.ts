/**
 * The file that says which regions an installation on machines of its own has (docs/failover.md). The same for both, but for
 * `region`.
 */
import * as z from 'zod';
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
    /** Told by an HTTP POST which region is active. */
    webhook: z.url({ protocol: /^https?$/ }).exactOptional(),
  })
  .superRefine(({ places, region, home }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    const names = places.map(place => place.region);
    const served = places.filter(({ witness }) => !witness);
    if (new Set(names).size < names.length) refuse('every place needs a region of its own');
    if (served.length !== 2) refuse('two places have a database, and a third can be a witness');
    for (const name of [region, home])
      if (!served.some(place => place.region === name)) refuse(`${name} is no place with a database`);
  });
export type RegionsFile = z.infer<typeof RegionsFile>;
