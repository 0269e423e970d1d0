/** What RDS keeps of a source is listed completely, whichever kind it is and however many pages it takes. */
import type { RDSClient } from '@aws-sdk/client-rds';
import { RDSClient as Client } from '@aws-sdk/client-rds';
import { describe, expect, it } from 'vitest';
import { listClusterBackups } from '../../../lib/aws/cluster-backups.ts';

type Answers = Readonly<Record<string, (input: Record<string, unknown>) => object>>;

/** A client that answers each command from the table, and fails on any other: its paginators are the SDK's own. */
function stubbed(answers: Answers): { rds: RDSClient; asked: [string, Record<string, unknown>][] } {
  const asked: [string, Record<string, unknown>][] = [];
  const rds = new Client({ region: 'eu-central-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  rds.send = (async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    const name = command.constructor.name.replace('Command', '');
    asked.push([name, command.input]);
    const answer = answers[name];
    if (answer === undefined) throw Object.assign(new Error('Said.'), { name: 'AccessDenied', $fault: 'client' });
    return answer(command.input);
  }) as never;
  return { rds, asked };
}

const ARN = (name: string, region = 'eu-central-1') => `arn:aws:rds:${region}:111122223333:cluster:${name}`;
const HOST = 'shop.cluster-c1abcdefghij.eu-central-1.rds.amazonaws.com';
const none = () => ({});

/** As many pages of one member each, told by their marker. */
const paged = (member: string, items: readonly object[]) => (input: Record<string, unknown>) => {
  const at = Number(input.Marker ?? 0);
  return { [member]: items.slice(at, at + 1), ...(at + 1 < items.length && { Marker: String(at + 1) }) };
};

const cluster: Answers = {
  DescribeDBClusters: () => ({
    DBClusters: [{ DBClusterArn: ARN('shop'), BackupRetentionPeriod: 14, ReadReplicaIdentifiers: ['reports'] }],
  }),
  DescribeDBClusterSnapshots: paged('DBClusterSnapshots', [
    { DBClusterSnapshotIdentifier: 'before-upgrade', SnapshotType: 'manual' },
    { DBClusterSnapshotIdentifier: 'rds:shop-1', SnapshotType: 'automated' },
    { DBClusterSnapshotIdentifier: 'awsbackup:job-1', SnapshotType: 'awsbackup' },
    { DBClusterSnapshotIdentifier: 'after-upgrade', SnapshotType: 'manual' },
  ]),
  DescribeDBClusterAutomatedBackups: paged('DBClusterAutomatedBackups', [
    { DBClusterAutomatedBackupsArn: 'arn:1', Status: 'active' },
    { DBClusterAutomatedBackupsArn: 'arn:2', Status: 'retained' },
  ]),
  DescribeGlobalClusters: paged('GlobalClusters', [
    { GlobalClusterMembers: [{ DBClusterArn: ARN('another') }] },
    { GlobalClusterMembers: [{ DBClusterArn: ARN('shop') }, { DBClusterArn: ARN('shop', 'eu-west-1') }] },
  ]),
};

describe('what RDS keeps', () => {
  it('of a cluster: automated backups, every snapshot of every page, replicas here and in other regions', async () => {
    const { rds, asked } = stubbed(cluster);
    expect(await listClusterBackups(rds, HOST)).toEqual([
      { what: 'Automated backups of the cluster shop', ends: '14 days after the application deletes the rows' },
      { what: 'Automated backups arn:2 (retained)', ends: expect.stringContaining('retention') },
      { what: 'Snapshot before-upgrade (manual)', ends: 'when somebody deletes it' },
      { what: 'Snapshot awsbackup:job-1 (awsbackup)', ends: expect.stringContaining('AWS Backup') },
      { what: 'Snapshot after-upgrade (manual)', ends: 'when somebody deletes it' },
      { what: 'Read replica reports', ends: expect.stringContaining('replayed') },
      { what: `Read replica ${ARN('shop', 'eu-west-1')}`, ends: expect.stringContaining('replayed') },
    ]);
    for (const [name, input] of asked.filter(([each]) => /Cluster(s|Snapshots|AutomatedBackups)$/.test(each)))
      if (name !== 'DescribeGlobalClusters') expect(input.DBClusterIdentifier, name).toBe('shop');
  });

  it('of an instance, with the copies of its backups in other regions', async () => {
    const { rds } = stubbed({
      DescribeDBInstances: () => ({
        DBInstances: [
          {
            ...{
              BackupRetentionPeriod: 0,
              ReadReplicaDBInstanceIdentifiers: ['r1'],
              ReadReplicaDBClusterIdentifiers: ['c1'],
            },
            DBInstanceAutomatedBackupsReplications: [{ DBInstanceAutomatedBackupsArn: 'arn:elsewhere' }],
          },
        ],
      }),
      DescribeDBSnapshots: paged('DBSnapshots', [
        { DBSnapshotIdentifier: 'one', SnapshotType: 'manual' },
        { DBSnapshotIdentifier: 'two', SnapshotType: 'manual' },
      ]),
      DescribeDBInstanceAutomatedBackups: none,
    });
    const listed = await listClusterBackups(rds, 'single.c1abcdefghij.eu-central-1.rds.amazonaws.com');
    expect(listed.map(({ what }) => what)).toEqual([
      ...['Automated backups of the instance single', 'Automated backups arn:elsewhere (replicated)'],
      ...['Snapshot one (manual)', 'Snapshot two (manual)', 'Read replica r1', 'Read replica c1'],
    ]);
    expect(listed[0]!.ends).toContain('there are none');
  });

  it('of an instance of a cluster is what the cluster has', async () => {
    const { rds } = stubbed({
      ...cluster,
      DescribeDBInstances: () => ({ DBInstances: [{ DBClusterIdentifier: 'shop' }] }),
    });
    const listed = await listClusterBackups(rds, 'shop-1.c1abcdefghij.eu-central-1.rds.amazonaws.com');
    expect(listed).toEqual(await listClusterBackups(stubbed(cluster).rds, HOST));
  });

  it('is an error where RDS does not tell all of it', async () => {
    for (const missing of Object.keys(cluster)) {
      const { [missing]: _, ...rest } = cluster;
      const listing = listClusterBackups(stubbed(rest).rds, HOST);
      await expect(listing, missing).rejects.toMatchObject({ code: 'rds-refused' });
    }
  });

  it('is said to be unknown for a database that is not of RDS, or that RDS does not know', async () => {
    const never = stubbed({});
    for (const host of ['10.0.0.7', 'db.example.com', 'shop.cluster-c1.eu-central-1.rds.amazonaws.com.example.com'])
      expect(await listClusterBackups(never.rds, host)).toMatchObject([{ ends: expect.stringMatching(/^unknown/) }]);
    expect(never.asked).toEqual([]);
    const gone = stubbed({
      DescribeDBClusters: () => {
        throw Object.assign(new Error('Said.'), { name: 'DBClusterNotFoundFault', $fault: 'client' });
      },
    });
    expect(await listClusterBackups(gone.rds, HOST)).toMatchObject([{ ends: expect.stringMatching(/^unknown/) }]);
  });
});
