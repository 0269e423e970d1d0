/**
 * The metrics of an installation in the text format of OpenMetrics 1.0, with their names, units and meanings. Names are
 * those of the functions on AWS (function-metrics.ts) in the spelling of the format. Gauges and counters only, so that
 * Prometheus's own text format reads it too (the textfile collector of node_exporter).
 *
 * Invariant: what is not known has no sample; a zero is a counted zero. Labels are tiers, states and kinds, never tenants.
 */

interface Family {
  readonly type: 'gauge' | 'counter';
  /** The end of the name, as the format requires. Absent: a count. */
  readonly unit?: 'seconds' | 'bytes' | 'ratio';
  readonly help: string;
}

const gauge = (help: string, unit?: Family['unit']): Family => ({ type: 'gauge', help, ...(unit && { unit }) });
const counter = (help: string, unit?: Family['unit']): Family => ({ type: 'counter', help, ...(unit && { unit }) });

export const METRIC_FAMILIES = {
  holdfast_build_info: gauge('Version of Holdfast; always 1.'),
  holdfast_source_up: gauge('Whether the source database answered when the metrics were read: 1 or 0.'),
  // The recovery point.
  holdfast_newest_recoverable_moment_age_seconds: gauge('Age of the newest moment of the change log.', 'seconds'),
  holdfast_newest_recoverable_moment_timestamp_seconds: gauge('Newest moment of the change log, Unix time.', 'seconds'),
  holdfast_recovery_point_age_seconds: gauge(
    'Age of the newest recoverable moment of the worst tenant of the tier.',
    'seconds',
  ),
  holdfast_recovery_point_objective_seconds: gauge('Objective of the tier for the age above.', 'seconds'),
  holdfast_recovery_window_seconds: gauge('Shortest recovery window of a tenant of the tier.', 'seconds'),
  holdfast_tenants: gauge('Tenants by state, as `holdfast status` shows them.'),
  holdfast_table_gaps: gauge('Tables of tenants that cannot be recovered to the newest moment.'),
  // The source's log.
  holdfast_slot_retained_bytes: gauge('WAL that the source retains for the shipper.', 'bytes'),
  holdfast_slot_retained_ratio: gauge('The same as a share of what the source may retain; 1 for a lost slot.', 'ratio'),
  // Backups.
  holdfast_last_snapshot_age_seconds: gauge(
    'Age of the newest snapshot of the tenant of the tier that has the oldest one.',
    'seconds',
  ),
  holdfast_last_snapshot_duration_seconds: gauge('Longest duration of the newest snapshots of the tier.', 'seconds'),
  holdfast_tenants_without_snapshot: gauge('Tenants of the tier that have no snapshot.'),
  holdfast_verification_age_seconds: gauge(
    'Time since a backup of the worst tenant of the tier was last verified; where none was, since its oldest snapshot.',
    'seconds',
  ),
  holdfast_stored_bytes: gauge('Bytes stored in the vault, by kind.', 'bytes'),
  // What waits for people.
  holdfast_failed_verifications: gauge('Tenants whose last verification failed.'),
  holdfast_open_failures: gauge('Failed executions that are neither mended nor acknowledged, by kind; on AWS.'),
  holdfast_possible_accidents: gauge('Possible accidents of the last 24 hours.'),
  holdfast_requests_waiting: gauge('Requests that wait for approval.'),
  holdfast_unreviewed_break_glass: gauge('Executions without approvals that nobody else has reviewed.'),
  holdfast_held_tenants: gauge('Tenants under legal hold.'),
  // Of the process of `ship --follow`.
  holdfast_shipped_changes: counter('Changes shipped by this process.'),
  holdfast_shipped_bytes: counter('Bytes of log stored by this process.', 'bytes'),
  holdfast_ship_failures: counter('Attempts to ship that failed in this process.'),
} as const satisfies Readonly<Record<string, Family>>;

export type MetricFamily = keyof typeof METRIC_FAMILIES;

export interface Sample {
  readonly family: MetricFamily;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** The complete exposition: samples by family, in the order of the list; values that are no number are left out. */
export function openMetricsText(samples: readonly Sample[]): string {
  const known = samples.filter(({ value }) => Number.isFinite(value));
  const families = (Object.keys(METRIC_FAMILIES) as MetricFamily[]).flatMap(name => {
    const own = known.filter(({ family }) => family === name);
    if (own.length === 0) return [];
    const { type, unit, help }: Family = METRIC_FAMILIES[name];
    const sampleName = type === 'counter' ? `${name}_total` : name;
    return [
      `# TYPE ${name} ${type}`,
      ...(unit ? [`# UNIT ${name} ${unit}`] : []),
      `# HELP ${name} ${help}`,
      ...own.map(({ labels, value }) => `${sampleName}${labelText(labels)} ${value}`),
    ];
  });
  return `${[...families, '# EOF'].join('\n')}\n`;
}

function labelText(labels: Sample['labels']): string {
  const pairs = Object.entries(labels ?? {}).map(([name, value]) => `${name}="${escapedLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapedLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
