/** The AWS services that the functions in the network of the database need, and how to find out whether they are reached. */
import { REACHED_SERVICES, reachesService } from '../aws/reach-service.ts';
import type { FunctionConfig } from '../domain/function-config.ts';
import { awsEndpoint } from './config.ts';

export function neededServices({ region, source }: Pick<FunctionConfig, 'region' | 'source'>) {
  const readsSecret = source.authentication.kind === 'secret';
  const needed = REACHED_SERVICES.filter(name => name !== 'secretsmanager' || readsSecret);
  return needed.map(name => ({ name, reached: () => reachesService(name, region, awsEndpoint()) }));
}
