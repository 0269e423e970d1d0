/**
 * Writes notices to standard error, for the person at the terminal. If a file is given, every notice is also appended to
 * it as a JSON line, so that an alarm outlives the terminal in which it was shown.
 */
import { appendFile } from 'node:fs/promises';
import type { Clock, Notifier } from '../ports.ts';

export interface ConsoleNotifierOptions {
  readonly clock: Clock;
  /** Appended to, one JSON document per line. */
  readonly file?: string;
  readonly write?: (text: string) => void;
}

export function consoleNotifier(options: ConsoleNotifierOptions): Notifier {
  const write = options.write ?? (text => process.stderr.write(text));
  return {
    async notify(notice) {
      const at = options.clock.now().toISOString();
      write(`${notice.severity === 'alarm' ? 'ALARM' : 'note'} ${notice.code}: ${notice.message}\n`);
      if (options.file !== undefined)
        await appendFile(options.file, `${JSON.stringify({ at, ...notice })}\n`, { mode: 0o600 });
    },
  };
}
