/**
 * Changes values in the text of holdfast.yaml and leaves everything else as people wrote it: comments, order, quotes,
 * indentation. Invariant: an edit that the text has no place for is refused.
 */
import { type Document, isAlias, isMap, parseDocument, type ToStringOptions } from 'yaml';
import { ConfigFile } from '../domain/config-file.ts';
import { HoldfastError, InputError } from '../domain/errors.ts';
import { CONFIG_FILE } from './config.ts';
import { parseYaml } from './yaml-document.ts';

export interface ConfigEdit {
  readonly path: readonly string[];
  /** Undefined: the field is removed, so that its default holds. */
  readonly value: unknown;
}

/** The settings of a text, with defaults. InputError `bad-config` names each field. */
export function readConfigText(text: string): ConfigFile {
  return parseYaml(ConfigFile, text, CONFIG_FILE, {
    code: 'bad-config',
    name: 'configuration',
    hint: 'Correct the fields that are named.',
  });
}

/** InputError `config-not-editable`. */
export function editConfigText(text: string, edits: readonly ConfigEdit[]): string {
  const isWindows = text.includes('\r\n');
  const written = isWindows ? text.replaceAll('\r\n', '\n') : text;
  const document = parseDocument(written);
  const style = styleOf(document, written);
  try {
    for (const edit of edits) applyEdit(document, edit);
    const edited = document.toString(style);
    return isWindows ? edited.replaceAll('\n', '\r\n') : edited;
  } catch (error) {
    throw error instanceof HoldfastError ? error : notEditable(error);
  }
}

const STYLES = [2, 4].flatMap(indent =>
  [true, false].flatMap(indentSeq =>
    [true, false].map(flowCollectionPadding => ({ lineWidth: 0, indent, indentSeq, flowCollectionPadding })),
  ),
);

/** How the file is written: the style that changes the fewest of its lines. */
function styleOf(document: Document, text: string): ToStringOptions {
  const lines = new Set(text.split('\n'));
  const strange = (style: ToStringOptions) =>
    document
      .toString(style)
      .split('\n')
      .filter(line => !lines.has(line)).length;
  const ranked = STYLES.map(style => ({ style, count: strange(style) }));
  return ranked.reduce((best, each) => (each.count < best.count ? each : best)).style;
}

function applyEdit(document: Document, { path, value }: ConfigEdit): void {
  if (value === undefined) {
    if (document.hasIn(path)) document.deleteIn(path);
    return;
  }
  for (let length = 1; length < path.length; length++) {
    const parents = path.slice(0, length);
    if (!document.hasIn(parents)) break;
    const parent = document.getIn(parents, true);
    if (isAlias(parent)) throw notEditable();
    // Written without anything below it: the value is made anew.
    if (!isMap(parent)) document.deleteIn(parents);
  }
  // A plain value takes the place of the old one, beside its comment.
  const isPlain = typeof value !== 'object';
  document.setIn(path, isPlain ? value : document.createNode(value, { aliasDuplicateObjects: false }));
}

function notEditable(cause?: unknown): InputError {
  return new InputError('config-not-editable', 'The file is written in a way that no patch can be made for.', {
    hint: 'Edit the file itself; `holdfast init --print` shows every field.',
    cause,
  });
}
