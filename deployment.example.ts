/**
 * An example that synthesizes unchanged. Copy it to deployment.ts, set your own values and deploy. docs/configuration.md
 * describes every field.
 */
import { defineDeployment } from './lib/infra/deployment.ts';

export default defineDeployment({
  installation: '0b9d1a52-7f5c-4c3e-9d0a-2f6f3f1f8a11',
  source: {
    host: 'saas-production.cluster-abcdefghijkl.eu-central-1.rds.amazonaws.com',
    database: 'saas',
    authentication: {
      kind: 'secret',
      secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:holdfast/database-AbCdEf',
    },
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    securityGroupId: 'sg-0a1b2c3d4e5f60718',
  },
  tenantModel: 'test/infra/tenant-model.example.yaml',
  regions: { primary: 'eu-central-1', secondary: 'eu-west-1', tertiary: 'eu-north-1' },
  alarms: { emails: ['platform-on-call@example.com'] },
});
