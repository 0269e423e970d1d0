/** The option of a deployment to publish a status page: what it shows, how often it is made, and under which names. */
import * as z from 'zod';
import { STATUS_COMPONENTS, StatusComponent } from '../domain/status-page/status-post.ts';

const Site = z.strictObject({
  name: z
    .string()
    .regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'must be a host name in lower case, for example status.example.com')
    .describe('Host name; your DNS points it to the distribution (output `StatusPageTarget`).'),
  certificateArn: z
    .string()
    .regex(/^arn:[\w-]+:acm:us-east-1:\d{12}:certificate\/[\w-]+$/, 'must be the ARN of a certificate in us-east-1')
    .describe('Certificate of ACM for the name, in us-east-1, where CloudFront looks for it.'),
});

export const StatusPageOption = z
  .strictObject({
    title: z.string().trim().min(1).max(120).default('Backup status').describe('Title of the page.'),
    components: z
      .array(StatusComponent)
      .min(1)
      .default([...STATUS_COMPONENTS])
      .describe('What is shown, with its incidents.'),
    everyMinutes: z
      .number()
      .int()
      .min(1)
      .max(60)
      .default(5)
      .describe(
        'How often the page is made. Each time it reads the catalog of every tenant: large fleets need more (docs/status-page.md, Cost).',
      ),
    domains: z
      .strictObject({
        primary: Site.optional().describe('Of the page that the primary region makes.'),
        secondary: Site.optional().describe('Of the page that the secondary region makes: another name.'),
      })
      .refine(({ primary, secondary }) => primary === undefined || primary.name !== secondary?.name, {
        error: 'must be different names: CloudFront gives a name to one distribution',
      })
      .prefault({})
      .describe('Names of your own. Default: those that CloudFront gives.'),
  })
  .describe(
    'Publishes a status page from the primary region and, where there is one, from the secondary (docs/status-page.md, On AWS). Without it there is none. Everybody on the Internet can read it.',
  );
