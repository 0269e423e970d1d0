/**
 * Makes the status page from the catalog and the vault of its own region, and replaces the files of the public site there. It
 * can write nothing else, and it says how old its data are. If it fails, its missing metric raises the alarm.
 */
import * as z from 'zod';
import { StatusComponent } from '../lib/domain/status-page/status-post.ts';
import { siteFiles } from '../lib/domain/status-page/status-site.ts';
import { buildStatusPage } from '../lib/operations/reporting/build-status-page.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.strictObject({
  /** Of the site. IAM admits one. */
  bucket: z.string().min(3).max(63),
  title: z.string(),
  components: z.array(StatusComponent),
});

export const handler = storageHandler(Event, async ({ bucket, ...shown }, { ctx, aws, count }) => {
  const { page, altered } = await buildStatusPage(ctx, { ...shown, recordsFailures: true });
  await aws.publish(bucket, siteFiles(page));
  count('StatusPostsAltered', altered.length);
  return { at: page.at, newestMoment: page.newestMoment, altered: altered.length };
});
