/** The people and webhooks of the deployment, subscribed to a topic. */
import type * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Deployment } from '../deployment.ts';

export function subscribePeople(topic: sns.Topic, { alarms }: Deployment): void {
  for (const email of alarms.emails) topic.addSubscription(new EmailSubscription(email));
  for (const webhook of alarms.webhooks) topic.addSubscription(new UrlSubscription(webhook));
}
