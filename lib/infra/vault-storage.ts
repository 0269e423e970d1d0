/** The options of a deployment for how the vault stores: what each saves and costs, `holdfast advise` says. */
import * as z from 'zod';
import { STORAGE_TIERINGS } from '../domain/storage-tiering.ts';

export const VaultStorage = z.strictObject({
  tiering: z
    .enum(STORAGE_TIERINGS)
    .default('by-age')
    .describe(
      'by-age: packs of tenants above 128 KiB move to Standard-IA after 30 days and to Glacier Instant Retrieval after 90, where every read is charged. intelligent: they move to S3 Intelligent-Tiering at once, which charges for each object and for no read. What has moved does not move back.',
    ),
  logIndexMinutes: z
    .number()
    .int()
    .min(15)
    .max(240)
    .default(60)
    .describe('Minutes of log that an index covers. Until it is written, a plan reads each run of the log by itself.'),
});
