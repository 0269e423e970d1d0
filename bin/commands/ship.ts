/** `ship`: makes durable what has committed since the last run, once or continuously. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { ArchiveWatch } from '../../lib/operations/archive/archive-watch.ts';
import type { Context } from '../../lib/operations/context.ts';
import { type ShipReport, shipAndCloseGaps } from '../../lib/operations/fleet/close-gaps.ts';
import { ShippingWatch } from '../../lib/operations/fleet/shipping-watch.ts';
import { whenBack } from '../../lib/operations/when-back.ts';
import { errorDocument, renderError } from '../terminal/error-text.ts';
import { count, momentAgo, plural, printable, size } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { type ShipCounts, shipperMetrics } from '../terminal/shipper-metrics.ts';

/** Some tables are missing from the log and could be added: the exit code for the source database. */
const INCOMPLETE = 5;

interface ShipCommandOptions {
  readonly follow?: boolean;
  readonly every: number;
  /** False with --no-snapshots. */
  readonly snapshots: boolean;
  readonly metricsPort?: number;
  readonly metricsHost: string;
}

export function registerShip(program: Command): void {
  program
    .command('ship')
    .description('ship the change log up to now')
    .option('--follow', 'keep running until stopped (Ctrl-C)')
    .option('--every <seconds>', 'pause between runs with --follow', seconds, 10)
    .option('--no-snapshots', 'do not snapshot tenants that require it after a gap')
    .option('--metrics-port <port>', 'with --follow: serve metrics for Prometheus on this port', port)
    .option('--metrics-host <address>', 'address for --metrics-port', '127.0.0.1')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast ship\n  $ holdfast ship --follow --every 60\n  $ holdfast ship --follow --metrics-port 9187\n\nEvery moment up to the newest shipped one is recoverable. Run it every minute.',
    )
    .action(inSession(ship));
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new InvalidArgumentError('Must be more than 0 and at most 3600 seconds.');
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 0 && value <= 65_535)) throw new InvalidArgumentError('Must be a port.');
  return value;
}

async function ship(session: Session, options: ShipCommandOptions): Promise<void> {
  if (options.metricsPort !== undefined && !options.follow) {
    throw new InputError('usage', '--metrics-port is for a shipper that keeps running.', {
      hint: 'Add --follow, or write a file with `holdfast metrics --output FILE`.',
    });
  }
  const ctx = await session.context();
  if (options.follow) return follow(session, ctx, options);
  const report = await whenBack(() => shipAndCloseGaps(ctx, options.snapshots), ctx.progress);
  session.emit(report, () => renderShip(report, session));
  if (report.mendable.length === 0) return;
  // The log of the other tables is durable. Missing tables are not a success, and --fix adds them.
  const code = 'publication-unfit';
  session.remark(
    `${session.style.bad('✗')} ${report.mendable.join(', ')}: unprotected ${session.style.dim(`[${code}]`)}\nRun holdfast doctor --fix.`,
  );
  session.exitWith(INCOMPLETE);
}

/**
 * Does not stop on errors: a restart, a failover, a full vault and a setting that will be corrected cannot be told apart
 * here. Every failure is reported; one that persists raises an alarm. Only an input error stops it, before the first run.
 */
async function follow(session: Session, ctx: Context, options: ShipCommandOptions): Promise<void> {
  const stop = new AbortController();
  session.onStop(() => stop.abort());
  const metrics = await shipperMetrics(session, ctx, options);
  try {
    await shipUntil(stop.signal, session, ctx, { ...options, ...metrics });
  } finally {
    await metrics.close();
  }
}

interface FollowOptions extends ShipCommandOptions {
  readonly counted: ShipCounts;
}

async function shipUntil(signal: AbortSignal, session: Session, ctx: Context, options: FollowOptions): Promise<void> {
  const failing = new ShippingWatch(ctx);
  const archives = ctx.settings.watchArchives ? new ArchiveWatch(ctx) : undefined;
  const { counted } = options;
  for (let begun = false; !signal.aborted; begun = true) {
    let pause = options.every;
    try {
      const report = await shipAndCloseGaps(ctx, options.snapshots, 0);
      failing.ended();
      counted.changes += report.changes;
      counted.bytes += report.storedBytes;
      session.emit(report, () => `${renderLine(report, session)}\n`);
      if (!report.caughtUp) pause = 0;
    } catch (error) {
      if (!begun && error instanceof InputError) throw error;
      counted.failures += 1;
      pause = await failing.again(error, options.every, Date.now());
      session.emit(errorDocument(error), () => `${renderError(error, session.style)}${again(pause, session)}`);
    }
    await archives?.look();
    // What cannot be sent is reported where it fails.
    await ctx.notifier.sendDue?.().catch(() => {});
    await wait(pause * 1000, undefined, { signal }).catch(() => {});
  }
}

function again(pause: number, { style }: Session): string {
  return style.dim(`Retrying in ${Math.round(pause)} s.\n`);
}

function renderShip(report: ShipReport, session: Session): string {
  const { style } = session;
  const upTo = `Every moment up to ${style.bold(momentAgo(report.toTime, session.zone(), session.now()))} is recoverable.  ${style.dim(report.to)}`;
  const behind = report.caughtUp ? '' : `${style.warn('More changes to ship: run it again.')}\n`;
  const gaps = `${renderGaps(report, session)}${renderUnprotected(report, session)}`;
  return `${renderWhat(report)}\n${gaps}${renderIgnored(report, session)}${upTo}\n${behind}`;
}

function renderLine(report: ShipReport, session: Session): string {
  const gaps = report.gaps.length > 0 ? `\n${renderGaps(report, session).trimEnd()}` : '';
  return `${session.style.dim(report.toTime.slice(11, 19))}  ${report.to}  ${renderWhat(report)}${gaps}`;
}

function renderUnprotected({ unprotected }: ShipReport, { style }: Session): string {
  return Object.entries(unprotected)
    .map(([table, why]) => `${style.warn('!')} ${printable(table)} is unprotected: ${why}.\n`)
    .join('');
}

function renderIgnored({ contextsTooLong }: ShipReport, { style }: Session): string {
  if (contextsTooLong === 0) return '';
  return `${style.warn('!')} Ignored the context of ${plural(contextsTooLong, 'transaction')}: longer than 8 KiB.\n`;
}

function renderWhat(report: ShipReport): string {
  if (report.changes === 0) return 'No tenant changed.';
  const what = `Shipped ${plural(report.changes, 'change')} in ${plural(report.transactions, 'transaction')} of ${plural(report.tenants, 'tenant')}, ${size(report.storedBytes)} stored.`;
  if (report.unrouted === 0) return what;
  const share = Math.max(1, Math.round((100 * report.unrouted) / report.changes));
  return `${what} Unrouted: ${count(report.unrouted)} (${share} %), kept for every tenant's restore.`;
}

function renderGaps({ gaps, snapshots }: ShipReport, { style }: Session): string {
  // Before an installation's first slot there was no log to lose.
  const lines = gaps.map(gap =>
    gap.reason === 'slot-created'
      ? `The log begins at ${gap.to ?? gap.from}.`
      : `${style.bad('gap')} from ${gap.from} (${gap.reason})${gap.tables ? ` in ${gap.tables.join(', ')}${gap.detail ? `: ${gap.detail}` : ''}` : ''}`,
  );
  if (snapshots.length > 0)
    lines.push(`${style.good('✓')} Took a new snapshot of ${plural(snapshots.length, 'tenant')}.`);
  return lines.map(line => `${line}\n`).join('');
}
