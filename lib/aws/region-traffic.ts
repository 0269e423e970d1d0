/**
 * Leads the application to a region by what AWS has for it: a record of Route 53, or a parameter that the application reads.
 * Invariant: what AWS refuses fails the step, so that nobody believes that the application was led elsewhere.
 */
import { ChangeResourceRecordSetsCommand, type Route53Client } from '@aws-sdk/client-route-53';
import { PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { FailoverTraffic } from '../domain/failover-settings.ts';
import type { Traffic } from '../region-ports.ts';
import { serviceFailure } from './transient.ts';

/** In the region that takes over. */
export function parameterTraffic(
  ssm: SSMClient,
  { name: Name }: Extract<FailoverTraffic, { kind: 'parameter' }>,
): Traffic {
  return {
    async move(region) {
      const put = new PutParameterCommand({ Name, Value: region, Type: 'String', Overwrite: true });
      await ssm.send(put).catch(cause => {
        throw serviceFailure('traffic-not-moved', 'Systems Manager', cause);
      });
    },
  };
}

/** Route 53 is one service for all regions: its answer does not say that every resolver has the record yet. */
export function recordTraffic(
  route53: Route53Client,
  { hostedZone, name: Name, values, ttlSeconds }: Extract<FailoverTraffic, { kind: 'record' }>,
): Traffic {
  return {
    async move(region) {
      const ResourceRecords = [{ Value: values[region]! }];
      const ResourceRecordSet = { Name, Type: 'CNAME' as const, TTL: ttlSeconds, ResourceRecords };
      const change = new ChangeResourceRecordSetsCommand({
        HostedZoneId: hostedZone,
        ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet }] },
      });
      await route53.send(change).catch(cause => {
        throw serviceFailure('traffic-not-moved', 'Route 53', cause);
      });
    },
  };
}
