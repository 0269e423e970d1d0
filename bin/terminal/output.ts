/**
 * How one run of the command line speaks: results on standard output (text, one JSON document, or JSON lines), progress,
 * remarks, notices and questions on standard error. Decided once, by the options and by what the streams are.
 */
import { InputError } from '../../lib/domain/errors.ts';
import type { Notifier } from '../../lib/ports.ts';
import { errorDocument, renderError } from './error-text.ts';
import { type ProgressLine, progressLine, SILENT } from './progress.ts';
import { jsonProgress, verboseLines } from './progress-lines.ts';
import { makeStyle, type Style } from './style.ts';
import { confirmed, typedLine } from './typed-answer.ts';

export interface OutputOptions {
  /** One JSON document as the result. */
  readonly json?: boolean;
  /** JSON lines: progress and notices too, each line with one key. */
  readonly jsonLines?: boolean;
  /** No progress, no remarks. */
  readonly quiet?: boolean;
  /** Progress as lines, with durations. */
  readonly verbose?: boolean;
}

export interface Look {
  readonly json: boolean;
  readonly lines: boolean;
  readonly quiet: boolean;
  /** Of standard output, and of standard error. */
  readonly style: Style;
  readonly errorStyle: Style;
  readonly progress: ProgressLine;
  /** Standard input and standard error are terminals. */
  readonly interactive: boolean;
}

/** What a command says and asks. */
export interface CommandOutput {
  /** The result: the document for a program, the text for a person. */
  emit(document: unknown, text: () => string): void;
  /** A remark beside the result, for people only. `decides`: what a question is about, shown with --quiet too. */
  remark(text: string, decides?: boolean): void;
  /** InputError `not-confirmed` where the answer is no, `confirmation-needed` where there is no terminal. */
  confirm(question: string, yes: boolean, refusal?: { message: string; hint: string }): Promise<void>;
  /** Reads a typed line; undefined if the person interrupts. For interactive sessions only. */
  ask(prompt: string): Promise<string | undefined>;
}

const UNSEEN = {
  message: 'This changes live rows, and there is no terminal to confirm it on.',
  hint: 'Read the preview (`holdfast diff`), then pass --yes.',
};

/** `color`: as the environment decides; undefined leaves it to the streams. InputError `usage`. */
export function lookOf(options: OutputOptions, color: boolean | undefined): Look {
  const { jsonLines: lines = false, quiet = false, verbose = false } = options;
  if (quiet && verbose)
    throw new InputError('usage', '--quiet and --verbose exclude each other.', { hint: 'Leave one of them out.' });
  const json = lines || (options.json ?? false);
  const errorStyle = makeStyle(color ?? process.stderr.isTTY === true);
  return {
    ...{ json, lines, quiet, errorStyle },
    style: makeStyle(!json && (color ?? process.stdout.isTTY === true)),
    progress: quiet ? SILENT : progressOf({ json, lines, verbose }, errorStyle),
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  };
}

function progressOf(
  { json, lines, verbose }: { json: boolean; lines: boolean; verbose: boolean },
  style: Style,
): ProgressLine {
  const write = (text: string) => process.stderr.write(text);
  if (lines) return jsonProgress({ write: text => process.stdout.write(text) });
  if (verbose) return verboseLines({ style, write });
  if (!process.stderr.isTTY || json) return SILENT;
  return progressLine({ style, write, columns: () => process.stderr.columns ?? 80 });
}

export function noticesOf({ errorStyle, progress, lines, quiet }: Look): Notifier {
  return {
    async notify(notice) {
      progress.clear();
      if (lines) {
        process.stdout.write(`${toJson({ notice })}\n`);
        return;
      }
      if (quiet && notice.severity !== 'alarm') return;
      const sign = notice.severity === 'alarm' ? errorStyle.bad('alarm:') : errorStyle.accent('note:');
      process.stderr.write(`${sign} ${notice.message} ${errorStyle.dim(`[${notice.code}]`)}\n`);
    },
  };
}

export function outputOf({ errorStyle, progress, json, lines, quiet, interactive }: Look): CommandOutput {
  return {
    emit(document, text) {
      progress.clear();
      process.stdout.write(json ? `${toJson(lines ? { result: document } : document)}\n` : text());
    },
    remark(text, decides = false) {
      progress.clear();
      if (!json && (!quiet || (decides && interactive))) process.stderr.write(`${text}\n`);
    },
    async confirm(question, yes, refusal = UNSEEN) {
      if (yes) return;
      progress.clear();
      if (!interactive || json) throw new InputError('confirmation-needed', refusal.message, { hint: refusal.hint });
      await confirmed(errorStyle.bold(question));
    },
    async ask(prompt) {
      progress.clear();
      return typedLine(prompt);
    },
  };
}

/** In the same form also where the session never opened (a wrong option). */
export function reportError(error: unknown, json: boolean, style: Style): void {
  if (json) process.stdout.write(`${toJson(errorDocument(error))}\n`);
  else process.stderr.write(renderError(error, style));
}

/** One line, so that following gives JSON lines; bigints as text, as everywhere in Holdfast's documents. */
function toJson(document: unknown): string {
  return JSON.stringify(document, (_key, value) => (typeof value === 'bigint' ? value.toString() : value));
}
