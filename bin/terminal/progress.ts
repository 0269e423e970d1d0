/**
 * Progress on a terminal: one line on standard error that is redrawn at most ten times a second and removed when the
 * command prints its result. Without a terminal nothing is written.
 */

import { stripVTControlCharacters } from 'node:util';
import type { ProgressEvent } from '../../lib/ports.ts';
import { count, duration, size } from './format.ts';
import { type Style, width } from './style.ts';

const REDRAW_MS = 100;
const BAR = 20;

export interface ProgressLine {
  show(event: ProgressEvent): void;
  clear(): void;
}

export interface ProgressOptions {
  readonly style: Style;
  readonly write: (text: string) => void;
  /** Columns of the terminal. */
  readonly columns: () => number;
  /** Monotonic milliseconds. */
  readonly elapsed?: () => number;
}

export const SILENT: ProgressLine = { show: () => {}, clear: () => {} };

export function progressLine(options: ProgressOptions): ProgressLine {
  const elapsed = options.elapsed ?? (() => performance.now());
  let drawn = Number.NEGATIVE_INFINITY;
  let visible = false;
  const begun = new Map<string, { at: number; done: number }>();
  return {
    show(event) {
      const now = elapsed();
      if (!begun.has(event.step)) begun.set(event.step, { at: now, done: event.done ?? 0 });
      if (now - drawn < REDRAW_MS) return;
      drawn = now;
      visible = true;
      options.write(
        `\r\u001b[K${shorten(describeProgress(event, begun.get(event.step)!, now, options.style), options.columns() - 1)}`,
      );
    },
    clear() {
      if (visible) options.write('\r\u001b[K');
      visible = false;
    },
  };
}

/** The line without terminal control sequences; exported for its test. */
export function describeProgress(
  event: ProgressEvent,
  begun: { at: number; done: number },
  now: number,
  style: Style,
): string {
  const parts: string[] = [];
  if (event.done !== undefined && event.total)
    parts.push(bar(event.done / event.total, style), `${Math.floor((100 * event.done) / event.total)} %`);
  parts.push(event.message);
  if (event.done !== undefined) {
    parts.push(style.dim(amounts(event)));
    const seconds = (now - begun.at) / 1000;
    const speed = (event.done - begun.done) / seconds;
    if (seconds >= 1 && speed > 0) {
      const left = event.total === undefined ? '' : `, ${duration(((event.total - event.done) / speed) * 1000)} left`;
      parts.push(style.dim(`${amount(Math.round(speed), event.unit)}/s${left}`));
    }
  }
  return parts.join('  ');
}

function amounts(event: ProgressEvent): string {
  const total = event.total === undefined ? '' : ` of ${amount(event.total, event.unit)}`;
  return `${amount(event.done!, total === '' ? event.unit : event.unit === 'bytes' ? 'bytes' : undefined)}${total}`;
}

function amount(value: number, unit: string | undefined): string {
  if (unit === 'bytes') return size(value);
  return unit === undefined ? count(value) : `${count(value)} ${unit}`;
}

function bar(share: number, style: Style): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR);
  return style.accent('━'.repeat(full)) + style.dim('━'.repeat(BAR - full));
}

function shorten(text: string, columns: number): string {
  if (columns <= 0 || width(text) <= columns) return text;
  // A truncated colour sequence would never be reset: truncate the plain text.
  const plain = stripVTControlCharacters(text);
  return `${plain.slice(0, columns - 1)}…`;
}
