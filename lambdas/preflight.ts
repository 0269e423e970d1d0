/** Examines the installation from the network of the database, with the rights of the shipper. */
import * as z from 'zod';
import { preflight } from '../lib/operations/fleet/preflight.ts';
import { examiningHandler } from '../lib/runtime/function-handler.ts';
import { neededServices } from '../lib/runtime/needed-services.ts';

const Event = z.object({
  input: z.strictObject({}),
  /** What Lambda says about the account; null where it could not be asked. */
  account: z.object({ left: z.number().nullable() }),
  used: z.number(),
  /** A new role or policy has had its time to become effective: what is refused now is a finding. */
  settled: z.boolean(),
});

export const handler = examiningHandler(Event, async ({ account, used, settled }, { config, open }) =>
  preflight(
    {
      services: neededServices(config),
      openStorage: async () => (await open()).storage,
      openSource: async () => (await open()).context(),
      concurrency: { left: account.left, used },
      tls: config.source.tls,
    },
    settled,
  ),
);
