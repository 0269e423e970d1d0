/** Reference tables generated from a schema, so that they cannot differ from it: one for each object. */
import type { SchemaField } from './schema-field.ts';

/** A table of the fields of one object, then the tables of its nested objects. */
export function fieldTables(path: string, object: SchemaField): string[] {
  const required = new Set(object.required ?? []);
  const plain = Object.entries(object.properties ?? {}).filter(([, field]) => nested(field) === undefined);
  const groups = Object.entries(object.properties ?? {}).flatMap(([name, field]) =>
    (nested(field) ?? []).map(group => ({
      at: path === '' ? name : `${path}.${name}`,
      group,
      field,
      required: required.has(name),
    })),
  );
  const rows = plain.map(([name, field]) => {
    const value = field.default === undefined ? (required.has(name) ? '*required*' : '') : code(field.default);
    return `| \`${name}\` | ${allowed(field)} | ${value} | ${field.description ?? ''} |`;
  });
  const table =
    rows.length === 0 ? [] : ['| field | value | default | meaning |', '| --- | --- | --- | --- |', ...rows, ''];
  return [
    ...table,
    ...groups.flatMap(({ at, group, field, required: must }) => [
      `## \`${at}\`${variant(group)}`,
      '',
      `${field.description ?? ''}${must ? ' *Required.*' : ''}`.trim(),
      '',
      ...fieldTables(at, group),
    ]),
  ];
}

/** The objects that a field can be: one, or several variants. Undefined for a plain value. */
function nested(field: SchemaField): readonly SchemaField[] | undefined {
  const kinds = field.oneOf ?? field.anyOf;
  if (kinds?.every(kind => kind.properties)) return kinds;
  return field.properties ? [field] : undefined;
}

function variant(group: SchemaField): string {
  const kind = group.properties?.kind?.const;
  return kind === undefined ? '' : ` of kind \`${kind}\``;
}

function allowed(field: SchemaField): string {
  if (field.const !== undefined) return code(field.const);
  if (field.properties) return `{ ${Object.keys(field.properties).join(', ')} }`;
  if (field.enum) return field.enum.map(code).join(', ');
  if (field.type === 'array') return `list of ${allowed(field.items ?? {})}`;
  if (field.type === 'object' && typeof field.additionalProperties === 'object') {
    return `object of ${allowed(field.additionalProperties)}`;
  }
  if (field.type === 'number' || field.type === 'integer') return range(field);
  if (field.format === 'email') return 'e-mail address';
  if (field.format === 'uri') return 'URL';
  if (field.type === 'string' && field.pattern) return `text \`${field.pattern.replaceAll('|', '\\|')}\``;
  return { string: 'text', boolean: '`true`, `false`' }[field.type ?? ''] ?? 'any';
}

function range({ type, minimum, exclusiveMinimum, maximum }: SchemaField): string {
  const kind = type === 'integer' ? 'whole number' : 'number';
  const from = minimum ?? exclusiveMinimum;
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) return `${kind}, ${from ?? ''} to ${maximum}`;
  return from === undefined ? kind : `${kind}, ${minimum === undefined ? 'above' : 'from'} ${from}`;
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
