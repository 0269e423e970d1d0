/** The part of the deployment's schema about reports. When each is made is in its schedules. */
import * as z from 'zod';
import { REPORT_KINDS } from '../domain/report/period.ts';

export const ReportSettings = z
  .strictObject({
    notices: z
      .array(z.enum(REPORT_KINDS))
      .default(['weekly', 'monthly', 'quarterly', 'yearly'])
      .describe('Reports of which the info topic is told, with a link to the page in the vault.'),
  })
  .prefault({})
  .describe('Signed reports of what was measured (docs/reports.md).');
