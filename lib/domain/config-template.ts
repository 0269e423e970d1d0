/**
 * The text of a new holdfast.yaml, from its schema: chosen values are set, every other field is a comment with its
 * default. Invariant: a line that begins with `#` and no single space is a field; removing the `#` changes nothing.
 */
import { ConfigFile } from './config-file.ts';
import { type SchemaField, schemaOf } from './schema-field.ts';

/** Values of top-level fields, as written to the file. */
export type Chosen = Readonly<Partial<Record<keyof ConfigFile, string | Readonly<Record<string, string>>>>>;

const WIDTH = 110;

export function configTemplate(chosen: Chosen): string {
  const { properties = {} } = schemaOf(ConfigFile);
  const blocks = Object.entries(properties).map(([name, field]) => {
    const value = field.const ?? chosen[name as keyof ConfigFile];
    if (value === undefined) return [...prose(field, ''), ...left(name, field, '')];
    return [...prose(field, ''), ...written(name, value, field)];
  });
  return `# Holdfast on this machine. Reference: docs/configuration-file.md.\n\n${blocks.map(lines => `${lines.join('\n')}\n`).join('\n')}`;
}

function written(name: string, value: unknown, field: SchemaField): string[] {
  if (typeof value !== 'object' || value === null) return [`${name}: ${yamlValue(value)}`];
  const inner = Object.entries(value).flatMap(([key, text]) => [
    ...prose(field.properties?.[key] ?? {}, '  '),
    `  ${key}: ${yamlValue(text)}`,
  ]);
  return [`${name}:`, ...inner];
}

/** A field left at its default; with an example where it has none. */
function left(name: string, field: SchemaField, indent: string): string[] {
  if (field.properties) {
    const inner = Object.entries(field.properties).flatMap(([key, each]) => [
      ...prose(each, `#${indent}  `),
      ...left(key, each, `${indent}  `),
    ]);
    return [`#${indent}${name}:`, ...inner];
  }
  return [`#${indent}${name}: ${yamlValue(field.default ?? field.examples?.[0])}`];
}

function prose({ description = '' }: SchemaField, margin: string): string[] {
  const lines: string[] = [];
  for (const word of description.split(' ').filter(each => each !== '')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length >= WIDTH) lines.push(`${margin}# ${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** A letter comes first: `.5` would be a number and `...` the end of the document. */
const PLAIN = /^(?!(?:true|false|null|yes|no|on|off|y|n|\.inf|\.nan)$)(?:\.{0,2}\/)?\.?[a-z_][\w./-]*$/;

/** JSON is YAML; quotes are omitted where the meaning stays the same. */
function yamlValue(value: unknown): string {
  return typeof value === 'string' && PLAIN.test(value) ? value : JSON.stringify(value);
}
