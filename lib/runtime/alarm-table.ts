/** The alarms of an installation on AWS, for the function that shows and acknowledges them: beside the topics, in their account. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOptions } from '../aws/clients.ts';
import { openDynamoCatalog } from '../aws/dynamo-catalog.ts';
import { InputError } from '../domain/errors.ts';
import type { Catalog } from '../ports.ts';
import type { AwsPorts } from './aws.ts';

/** InputError `no-messages` where no recipient is told, or in another region. */
export function alarmTable({ config, operations }: Pick<AwsPorts, 'config' | 'operations'>): Catalog {
  const { messages } = operations;
  if (messages !== undefined && messages.region === config.region)
    return openDynamoCatalog({
      client: new DynamoDBClient(clientOptions({ region: messages.region })),
      table: messages.table,
    });
  throw new InputError('no-messages', 'This installation keeps no alarms here: it sends no messages.', {
    hint: 'Set alarms.messages in the deployment, and call the primary region: docs/messages.md.',
  });
}
