/** `restore --from cluster-backup` on AWS: the state machine reads, and what it read is the target. */
import { expect, it } from 'vitest';
import { readClusterBackupThere } from '../../../bin/aws/remote-cluster-backup.ts';

type Remote = Parameters<typeof readClusterBackupThere>[0];

const ASKED = { tenant: 'acme', moment: '2025-11-03T09:00:00.000000Z', exclude: ['plain'] };

function remoteOf(machine: string | undefined, started: unknown[]): Remote {
  const workflows = { ...(machine !== undefined && { 'read-cluster-backup': machine }) };
  const run = async (workflow: string, input: object) => {
    started.push([workflow, input]);
    return { execution: 'arn', output: { done: true, backup: 'b1', target: 'cluster-read:b1', rows: 7 } };
  };
  const installation = async () => ({ description: { workflows, functions: { region: 'eu-central-1' } } });
  return { installation, run } as unknown as Remote;
}

it('starts the state machine with the tenant, the moment and what is left out', async () => {
  const started: unknown[] = [];
  expect(await readClusterBackupThere(remoteOf('arn:machine', started), ASKED)).toEqual({ backup: 'b1', rows: 7 });
  expect(started).toEqual([['read-cluster-backup', ASKED]]);
});

it('says what to add to the deployment where there is no such state machine, and starts nothing', async () => {
  const started: unknown[] = [];
  await expect(readClusterBackupThere(remoteOf(undefined, started), ASKED)).rejects.toMatchObject({
    code: 'no-cluster-backups',
    hint: expect.stringContaining('clusterBackups'),
  });
  expect(started).toEqual([]);
});
