/** Puts the pages of the console into their bucket when a deployment changes them, and removes them with it. */
import { detachedHandler } from '../lib/runtime/function-handler.ts';
import { PublishEvent, publishFromCode } from '../lib/runtime/publish-console.ts';

export const handler = detachedHandler(PublishEvent, publishFromCode);
