/** Of which reports people are told: the section `reports` of a deployment. */
import * as z from 'zod';
import { REPORT_KINDS } from './period.ts';

export const ReportNotices = z.strictObject({ notices: z.array(z.enum(REPORT_KINDS)) });
export type ReportNotices = z.infer<typeof ReportNotices>;
