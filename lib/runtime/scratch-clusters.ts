/** RDS as the functions of a read of the cluster's own backup use it; loaded by no other function. */
import { RDSClient } from '@aws-sdk/client-rds';
import { clientOptions } from '../aws/clients.ts';
import { beginScratch, listScratchClusters, lookAtScratch, removeScratchCluster } from '../aws/rds-scratch.ts';
import { InputError } from '../domain/errors.ts';
import type { ScratchClusters } from '../operations/snapshot/scratch-cluster.ts';
import type { AwsPorts } from './aws.ts';

/** InputError `no-cluster-backups` where the deployment does not allow it. */
export function scratchClusters({ config, operations }: Pick<AwsPorts, 'config' | 'operations'>): ScratchClusters {
  const source = operations.clusterBackups;
  if (source === undefined)
    throw new InputError('no-cluster-backups', "The deployment does not read the cluster's own backups.", {
      hint: 'Add the section `clusterBackups` to the deployment (docs/restore.md).',
    });
  const place = { rds: new RDSClient(clientOptions({ region: config.region })), source, owner: config.name };
  return {
    begin: request => beginScratch(place, request),
    look: name => lookAtScratch(place, name),
    remove: name => removeScratchCluster(place, name),
    list: () => listScratchClusters(place),
  };
}
