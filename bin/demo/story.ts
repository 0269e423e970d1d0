/**
 * Output of the demo: numbered chapters, and one line per step that is redrawn while the step runs and ends with its
 * duration. Without a terminal the same lines, once each.
 */
import type { ProgressEvent } from '../../lib/ports.ts';
import { duration } from '../terminal/format.ts';
import { type ProgressLine, progressLine } from '../terminal/progress.ts';
import type { Style } from '../terminal/style.ts';

export interface Story {
  readonly style: Style;
  chapter(title: string): void;
  /** A sentence between steps. */
  say(text: string): void;
  /** Output of a renderer, indented under the chapter. */
  show(text: string): void;
  /** Runs the work under its own line; `done` is the final text of the line. */
  step<T>(doing: string, work: () => Promise<T>, done: (result: T) => string): Promise<T>;
  /** Progress that operations report while a step runs. */
  progress(event: ProgressEvent): void;
}

export interface StoryOptions {
  readonly style: Style;
  readonly terminal: boolean;
  readonly columns: () => number;
  readonly write: (text: string) => void;
}

const INDENT = '   ';

export function tellStory({ style, terminal, columns, write }: StoryOptions): Story {
  let chapters = 0;
  let line: ProgressLine | undefined;
  return {
    style,
    chapter(title) {
      chapters++;
      write(`\n${style.accent(String(chapters))}  ${style.bold(title)}\n`);
    },
    say(text) {
      for (const part of wrap(text, Math.min(columns(), 110) - INDENT.length)) write(`${INDENT}${part}\n`);
    },
    show(text) {
      write(`\n${text.replace(/\n+$/, '').replace(/^(?=.)/gm, INDENT)}\n\n`);
    },
    progress(event) {
      line?.show(event);
    },
    async step(doing, work, done) {
      const started = performance.now();
      line = terminal ? progressLine({ style, write, columns }) : undefined;
      line?.show({ step: 'story', message: `${INDENT}${style.dim('…')} ${doing}` });
      try {
        const result = await work();
        line?.clear();
        const took = performance.now() - started;
        write(`${INDENT}${style.good('✓')} ${done(result)}  ${style.dim(duration(took))}\n`);
        return result;
      } catch (error) {
        line?.clear();
        write(`${INDENT}${style.bad('✗')} ${doing}\n`);
        throw error;
      } finally {
        line = undefined;
      }
    },
  };
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
