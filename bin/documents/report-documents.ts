/** JSON documents of what people are shown of the installation over time: metrics. */
import * as z from 'zod';

export const MetricsDocument = z.object({
  file: z.string().nullable().describe('With --output: the file that was written.'),
  samples: z.array(
    z.object({
      name: z.string().describe('Of the metric, without `_total`.'),
      labels: z.record(z.string(), z.string()).optional(),
      value: z.number(),
    }),
  ),
});
