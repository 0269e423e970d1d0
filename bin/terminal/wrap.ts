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

/** One SQL statement, wrapped where SQL allows it: never inside quotes, so that it can be copied. */
export function wrapSql(statement: string, columns: number, indent: string): string {
  const words = statement.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  let lines = indent;
  let room = columns - indent.length;
  for (const [index, word] of words.entries()) {
    if (index > 0 && width(word) + 1 > room) {
      lines += `\n${indent}  `;
      room = columns - indent.length - 2;
    } else if (index > 0) {
      lines += ' ';
      room -= 1;
    }
    lines += word;
    room -= width(word);
  }
  return lines;
}

/** Every line of a text that is wider than the terminal, wrapped under its own beginning. Commands stay whole. */
export function fitted(text: string, columns: number): string {
  return text
    .split('\n')
    .map(line => {
      if (width(line) <= columns || /\bholdfast .*--/.test(line)) return line;
      const [lead = ''] = /^\s*(?:[✓✗!•·~+−]\s+)?/.exec(line) ?? [];
      const room = columns - lead.length;
      return `${lead}${wrap(line.slice(lead.length), room).replaceAll('\n', `\n${' '.repeat(lead.length)}`)}`;
    })
    .join('\n');
}
