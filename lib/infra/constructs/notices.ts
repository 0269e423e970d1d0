/** The topics that people subscribe to, and the key that encrypts what is sent. */
import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { noticesKeyAlias, topicName } from '../names.ts';
import { subscribePeople } from './subscriptions.ts';

export function noticesKey(scope: Construct, deployment: Deployment): kms.Key {
  const key = new kms.Key(scope, 'NoticesKey', {
    alias: noticesKeyAlias(deployment),
    description: 'Encrypts the notices of Holdfast in transit.',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  // An alarm or a rule cannot publish to a topic without permission to use the topic's key.
  for (const service of ['cloudwatch', 'events'])
    key.grantEncryptDecrypt(new iam.ServicePrincipal(`${service}.amazonaws.com`));
  return key;
}

export function noticesTopic(
  scope: Construct,
  deployment: Deployment,
  severity: 'alarm' | 'info',
  masterKey: kms.IKey,
): sns.Topic {
  const topic = new sns.Topic(scope, severity === 'alarm' ? 'Alarm' : 'Info', {
    topicName: topicName(deployment, severity),
    displayName: severity === 'alarm' ? 'Holdfast ALARM' : 'Holdfast',
    masterKey,
    enforceSSL: true,
  });
  topic.grantPublish(new iam.ServicePrincipal('cloudwatch.amazonaws.com'));
  subscribePeople(topic, deployment);
  return topic;
}
