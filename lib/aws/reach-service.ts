/**
 * Whether an AWS service can be reached from here: a TLS connection to its endpoint of the region, without a request and
 * so without a permission. Tells a missing VPC endpoint from a missing right.
 */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Names of services in host names. */
export const REACHED_SERVICES = ['s3', 'dynamodb', 'kms', 'sts', 'sns', 'states', 'secretsmanager'] as const;
export type ReachedService = (typeof REACHED_SERVICES)[number];

/** Without an answer: no route, a security group, or a name that does not resolve. */
const TIMEOUT_MS = 5_000;

/** `endpoint`: another server in the place of all services (tests, air-gapped installations). */
export function reachesService(service: ReachedService, region: string, endpoint?: string): Promise<boolean> {
  const { host, port, secure } = addressOf(service, region, endpoint);
  return new Promise(resolve => {
    const socket = secure ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
    const end = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket.setTimeout(TIMEOUT_MS, () => end(false));
    socket.once('error', () => end(false));
    socket.once(secure ? 'secureConnect' : 'connect', () => end(true));
  });
}

function addressOf(service: ReachedService, region: string, endpoint: string | undefined) {
  if (endpoint !== undefined) {
    const { hostname, port, protocol } = new URL(endpoint);
    const secure = protocol === 'https:';
    return { host: hostname, port: Number(port) || (secure ? 443 : 80), secure };
  }
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { host: `${service}.${region}.${suffix}`, port: 443, secure: true };
}
