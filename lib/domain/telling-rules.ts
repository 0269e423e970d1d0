/** How often, when and after whom a recipient is told. Every function reads settings: nothing of sending is loaded with it. */
import * as z from 'zod';
import { QuietHours } from './quiet-hours.ts';

/** How a recipient wants to be told. */
export const TellingRules = z.strictObject({
  repeatMinutes: z
    .number()
    .int()
    .min(0)
    .max(1440)
    .describe(
      'For so long after a message, repeats of the same event for the same tenant are counted, then sent as one.',
    ),
  quiet: QuietHours.optional().describe(
    'Hours in which only critical alarms and requests for approval are sent; the rest is sent when they end.',
  ),
  afterMinutes: z
    .number()
    .int()
    .min(1)
    .max(1440)
    .optional()
    .describe('Escalation: is sent only alarms, and only those that nobody acknowledged within so many minutes.'),
});
export type TellingRules = z.infer<typeof TellingRules>;
