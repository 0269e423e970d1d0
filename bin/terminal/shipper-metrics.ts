/** The metrics of a shipper that keeps running: those of the installation, and what this process did. */
import type { Sample } from '../../lib/domain/open-metrics.ts';
import { openMetricsText } from '../../lib/domain/open-metrics.ts';
import type { Context } from '../../lib/operations/context.ts';
import { installationSamples } from '../commands/metrics.ts';
import { serveMetrics } from './metrics-server.ts';
import type { Session } from './session.ts';

/** Since the process started. */
export interface ShipCounts {
  changes: number;
  bytes: number;
  failures: number;
}

/** Serves them where a port is asked for. InputError `port-in-use`. */
export async function shipperMetrics(
  session: Session,
  ctx: Context,
  { metricsPort, metricsHost }: { readonly metricsPort?: number; readonly metricsHost: string },
): Promise<{ readonly counted: ShipCounts; close(): Promise<void> }> {
  const counted: ShipCounts = { changes: 0, bytes: 0, failures: 0 };
  if (metricsPort === undefined) return { counted, close: async () => {} };
  const quiet = { ...ctx, progress: () => {} };
  const read = async () => openMetricsText([...(await installationSamples(session, quiet)), ...samplesOf(counted)]);
  const server = await serveMetrics(read, { host: metricsHost, port: metricsPort });
  session.remark(`Metrics are at http://${metricsHost}:${server.port}/metrics`);
  return { counted, close: () => server.close() };
}

function samplesOf({ changes, bytes, failures }: ShipCounts): Sample[] {
  return [
    { family: 'holdfast_shipped_changes', value: changes },
    { family: 'holdfast_shipped_bytes', value: bytes },
    { family: 'holdfast_ship_failures', value: failures },
  ];
}
