/** Wraps prose at spaces; a word that is longer than a line is not broken. */
import { width } from './style.ts';

export function wrap(text: string, columns: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && width(indent) + width(line) + 1 + width(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map(each => `${indent}${each}`.trimEnd()).join('\n');
}
