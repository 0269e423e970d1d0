/** Requests that a route accepts, made from what it or the API's document says that it takes: tests try who may send them. */

/** The parts of JSON Schema that schemas of the API use. */
export interface BodySchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly BodySchema[];
  readonly oneOf?: readonly BodySchema[];
  readonly items?: BodySchema;
  readonly properties?: Readonly<Record<string, BodySchema>>;
  readonly minimum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
}

/** A value of the schema, with `text` wherever a text is allowed. */
export function filledBody(schema: BodySchema, text: string): unknown {
  if (schema.enum) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first) return filledBody(first, text);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, of]) => [name, filledBody(of, text)]),
      );
    case 'array':
      return [filledBody(schema.items ?? {}, text)];
    case 'string':
      return schema.pattern?.includes('{64}') ? 'a'.repeat(64) : text.padEnd(schema.minLength ?? 0, '-');
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return text;
  }
}

/** An operation of the document, by its method below its path. */
export interface DocumentedOperation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: BodySchema } } };
}

/** Address below `/api`, with `tenant` wherever it can be named, and body: as complete as the document asks for. */
export function documentedRequest(
  path: string,
  { parameters = [], requestBody }: DocumentedOperation,
  tenant: string,
): readonly [path: string, body: object | undefined] {
  const query = new URLSearchParams({ tenant });
  for (const { name, in: place, required } of parameters) if (place === 'query' && required) query.set(name, 'latest');
  const named = path
    .replace('{tenant}', tenant)
    .replace('{transaction}', encodeURIComponent('0/1A2B'))
    .replaceAll(/\{\w+\}/g, '000000000-00000000');
  const schema = requestBody?.content['application/json'].schema;
  return [`${named}?${query}`, schema && (filledBody(schema, 'latest') as object)];
}
