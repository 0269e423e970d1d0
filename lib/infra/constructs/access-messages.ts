/** Grants on what messages need: their table, the secrets of recipients, and the services that send. */
import { Aws } from 'aws-cdk-lib';
import type { Deployment } from '../deployment.ts';
import { sendsMessages } from '../message-recipients.ts';
import { awsRegion, messagesTableName, type RegionName } from '../names.ts';
import { allow, type Grantee, table } from './grant.ts';

/** Keeps what recipients wait for and were sent, and the alarms. The table is in the account of the function. */
export function grantKeepMessages(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const actions = ['GetItem', 'Query', 'UpdateItem', 'DeleteItem'];
  allow(
    fn,
    actions.map(action => `dynamodb:${action}`),
    [table(deployment, region, messagesTableName(deployment))],
  );
}

/** Shows alarms and acknowledges them, and nothing else of messages. Nothing where the deployment sends none. */
export function grantAcknowledgeAlarms(fn: Grantee, deployment: Deployment, region: RegionName): void {
  // The table is in the primary region, with the topics whose notices are sent.
  if (region !== 'primary' || !sendsMessages(deployment.alarms)) return;
  allow(
    fn,
    ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    [table(deployment, region, messagesTableName(deployment))],
    {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['alarms'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  );
}

/** Reads the secrets of webhooks, and that of contacts. */
export function grantReadMessageSecrets(fn: Grantee, deployment: Deployment): void {
  const service = `secretsmanager.${awsRegion(deployment, 'primary')}.${Aws.URL_SUFFIX}`;
  const { messages, contacts } = deployment.alarms;
  for (const { secretArn, secretKeyArn } of [...messages, ...(contacts ? [contacts] : [])]) {
    if (secretArn === undefined) continue;
    allow(fn, ['secretsmanager:GetSecretValue'], [secretArn]);
    // Under a customer's key Secrets Manager decrypts as the caller, for this secret.
    if (secretKeyArn !== undefined)
      allow(fn, ['kms:Decrypt'], [secretKeyArn], {
        StringEquals: { 'kms:ViaService': service, 'kms:EncryptionContext:SecretARN': secretArn },
      });
  }
}

/** Sends e-mail from the one address, and puts events on the buses of the deployment. */
export function grantSendMessages(fn: Grantee, deployment: Deployment): void {
  const { messages, mail } = deployment.alarms;
  if (mail !== undefined)
    allow(fn, ['ses:SendEmail'], [mail.identityArn], { StringEquals: { 'ses:FromAddress': mail.from } });
  const buses = messages.flatMap(({ busArn }) => (busArn === undefined ? [] : [busArn]));
  if (buses.length > 0) allow(fn, ['events:PutEvents'], buses, { StringEquals: { 'events:source': 'holdfast' } });
}
