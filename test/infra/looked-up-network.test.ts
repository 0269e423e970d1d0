/** A deployment file that names only the VPC: its subnets and zones are looked up in the account when it is synthesized. */
import { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { ACCOUNT, unsynthesized } from './synthesized.ts';

const { subnetIds: _, availabilityZones: __, ...source } = example.source;
const KEY = `vpc-provider:account=${ACCOUNT}:filter.vpc-id=${source.vpcId}:region=eu-central-1:returnAsymmetricSubnets=true`;
const subnet = (subnetId: string, availabilityZone: string) => ({ subnetId, availabilityZone, routeTableId: 'rtb-1' });
const FOUND = {
  ...{ vpcId: source.vpcId, vpcCidrBlock: '10.0.0.0/16', availabilityZones: [] },
  subnetGroups: [
    {
      ...{ name: 'Private', type: 'Private' },
      subnets: [subnet('subnet-found-a', 'eu-central-1a'), subnet('subnet-found-b', 'eu-central-1b')],
    },
    { name: 'Public', type: 'Public', subnets: [subnet('subnet-public', 'eu-central-1a')] },
  ],
};

it('without an answer yet, the lookup is requested of the CDK command line', () => {
  const { app } = unsynthesized({ account: ACCOUNT, source });
  const missing = app.synth().manifest.missing!;
  expect([...new Set(missing.map(({ key }) => key))]).toEqual([KEY]);
});

it('with its answer, functions are in the private subnets', () => {
  const context = { [KEY]: FOUND } as unknown as Record<string, string>;
  const { app, protection } = unsynthesized({ account: ACCOUNT, source }, context);
  const inNetwork = Object.values(Template.fromStack(protection).findResources('AWS::Lambda::Function'))
    .map(({ Properties }) => Properties.VpcConfig)
    .filter(network => network !== undefined);
  expect(inNetwork.length).toBeGreaterThan(5);
  for (const network of inNetwork)
    expect(network).toEqual({
      ...{ SubnetIds: ['subnet-found-a', 'subnet-found-b'], SecurityGroupIds: [source.securityGroupId] },
    });
  expect(app.synth().manifest.missing).toBeUndefined();
});

it('needs the account: it is refused without', () => {
  expect(() => parseDeployment({ ...example, source }, 'deployment.ts')).toThrowError(
    'account: must be set if a network is given without its subnets',
  );
});
