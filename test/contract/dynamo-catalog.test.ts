/**
 * The DynamoDB catalog against MiniStack. Not against moto: its concurrent transactions lose updates (conditions are not
 * checked and applied atomically), and each copies the entire table first.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOptions } from '../../lib/aws/clients.ts';
import { openDynamoCatalog } from '../../lib/aws/dynamo-catalog.ts';
import { createCatalogTable } from '../support/catalog-table.ts';
import { startMinistack, type TestServer } from '../support/servers.ts';
import { type CatalogUnderTest, catalogContract } from './catalog.contract.ts';

const table = 'catalog';

async function catalogOn(starting: Promise<TestServer>): Promise<CatalogUnderTest> {
  const server = await starting;
  const open = () => openDynamoCatalog({ client: new DynamoDBClient(clientOptions(server.target)), table });
  await createCatalogTable(new DynamoDBClient(clientOptions(server.target)), table);
  const catalog = open();
  return {
    catalog,
    again: async () => open(),
    dispose: async () => {
      await catalog.close();
      await server.stop();
    },
  };
}

catalogContract('The DynamoDB catalog on MiniStack', () => catalogOn(startMinistack()));
