/** The option of a deployment to apply restores that are too long for a function in a container. */
import * as z from 'zod';

export const LongRestores = z
  .strictObject({
    image: z
      .string()
      .regex(/^[\w./-]+[:@][\w:.-]+$/, 'must be a repository of ECR Public with a tag or a digest')
      .default('docker/library/node:24-slim')
      .describe(
        'Image with Node.js 24 for ARM in ECR Public, which the account’s registry caches. Pin a digest (`…@sha256:…`) if your rules demand it.',
      ),
    memoryGiB: z
      .number()
      .int()
      .min(2)
      .max(8)
      .default(4)
      .describe('Memory of the container, which has one vCPU. The work is the database’s.'),
    timeoutHours: z
      .number()
      .int()
      .min(1)
      .max(20)
      .default(12)
      .describe('A transaction is given up and rolled back after this time. One predicted to take longer is refused.'),
  })
  .describe(
    'Applies a restore whose transaction does not fit into a function (ten minutes) in a Fargate container (docs/on-aws.md, Long restores). Without it such a restore is refused.',
  );
export type LongRestores = z.infer<typeof LongRestores>;
