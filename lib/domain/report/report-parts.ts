/** Parts of pages for people: tables, sections, tiles. Invariant: texts are escaped here, or are made by these functions. */
import { escapedHtml } from '../html-text.ts';

/** Texts only. The first column names the row. */
export function dataTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map(each => `<th scope="col">${escapedHtml(each)}</th>`).join('');
  const body = rows.map(([first = '', ...cells]) => {
    const rest = cells.map(cell => `<td${kindOf(cell, LONG_CELL)}>${escapedHtml(cell)}</td>`).join('');
    return `<tr><th scope="row"${kindOf(first, LONG_NAME)}>${escapedHtml(first)}</th>${rest}</tr>`;
  });
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
}

/** Characters beyond which a text is broken into lines: numbers, times and references stay on one. */
const LONG_CELL = 40;
const LONG_NAME = 16;

function kindOf(text: string, most: number): string {
  return text.length > most ? ' class="long"' : '';
}

/** `content`: HTML. Nothing where it is empty. */
export function pageSection(id: string, title: string, content: readonly string[]): string {
  const parts = content.filter(part => part !== '');
  if (parts.length === 0) return '';
  return `<section id="${id}"><h2>${escapedHtml(title)}</h2>\n${parts.join('\n')}\n</section>`;
}

export function paragraph(text: string, kind = ''): string {
  return `<p${kind === '' ? '' : ` class="${kind}"`}>${escapedHtml(text)}</p>`;
}

/** To copy. */
export function commandParagraph(command: string): string {
  return `<p><code>${escapedHtml(command)}</code></p>`;
}

export function bullets(items: readonly string[], kind: string): string {
  return items.length === 0
    ? ''
    : `<ul class="${kind}">${items.map(item => `<li>${escapedHtml(item)}</li>`).join('')}</ul>`;
}

export type Mood = 'good' | 'bad' | 'unknown' | 'plain';

/** What a number says at a glance; the word says it too, for who sees no colour. */
export function tile(name: string, value: string, note: string, mood: Mood): string {
  return `<div class="tile ${mood}"><dt>${escapedHtml(name)}</dt><dd>${escapedHtml(value)}</dd><p>${escapedHtml(note)}</p></div>`;
}
