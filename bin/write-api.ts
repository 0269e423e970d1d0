/**
 * Writes the document of the HTTP API (docs/openapi.json) and the types of its client (console/src/api/paths.ts) from the
 * routes. A test compares both with what is committed.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { API_INFO, documentedApi } from '../lib/api/app.ts';
import { ROUTES } from '../lib/api/routes.ts';

const ROOT = join(import.meta.dirname, '..');
export const API_FILES = { document: 'docs/openapi.json', types: 'console/src/api/paths.ts' } as const;

interface Operation {
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: JSONSchema }[];
  readonly requestBody?: { content: { 'application/json': { schema: JSONSchema } } };
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, { schema: JSONSchema }>> }>>;
}

/** The text of both files. */
export async function apiTexts(): Promise<{ document: string; types: string }> {
  const document = documentedApi(ROUTES).getOpenAPI31Document({ ...API_INFO, servers: [{ url: '/api' }] });
  const types = await compile(
    { ...pathsSchema(document.paths ?? {}), definitions: document.components?.schemas ?? {} } as unknown as JSONSchema,
    'paths',
    {
      additionalProperties: false,
      bannerComment: '/** Types of the API, made from its document by bin/write-api.ts. Do not edit. */',
      style: { singleQuote: true, printWidth: 120 },
      unreachableDefinitions: false,
      ignoreMinAndMaxItems: true,
    },
  );
  // As openapi-fetch wants them: its name of the interface, and statuses as numbers.
  const client = types
    .replace('export interface Paths ', 'export interface paths ')
    .replace(/^(\s+)'(\d{3})':/gm, '$1$2:');
  return { document: `${JSON.stringify(document, null, 1)}\n`, types: client };
}

/** The shape that openapi-fetch reads its types from. */
function pathsSchema(paths: Readonly<Record<string, unknown>>): JSONSchema {
  const entries = Object.entries(paths).map(([path, methods]) => {
    const operations = Object.entries(methods as Record<string, Operation>).map(([method, operation]) => [
      method,
      operationSchema(operation),
    ]);
    return [path, exact(Object.fromEntries(operations))];
  });
  return local(exact(Object.fromEntries(entries))) as JSONSchema;
}

function operationSchema({ parameters = [], requestBody, responses }: Operation): JSONSchema {
  const placed = (place: string) => {
    const here = parameters.filter(each => each.in === place);
    const properties = Object.fromEntries(here.map(({ name, schema }) => [name, schema]));
    return exact(
      properties,
      here.filter(({ required }) => required).map(({ name }) => name),
    );
  };
  const ends = Object.entries(responses).map(([status, { content = {} }]) => {
    const types = Object.entries(content).map(([type, { schema }]) => [type, schema]);
    return [status, exact({ content: exact(Object.fromEntries(types)) })];
  });
  const needed = ['path', 'query'].filter(place => parameters.some(each => each.in === place && each.required));
  const body =
    requestBody && exact({ content: exact({ 'application/json': requestBody.content['application/json'].schema }) });
  const facts = {
    parameters: exact(
      Object.fromEntries(
        ['query', 'path'].flatMap(place =>
          parameters.some(each => each.in === place) ? [[place, placed(place)]] : [],
        ),
      ),
      needed,
    ),
    ...(body && { requestBody: body }),
    responses: exact(Object.fromEntries(ends)),
  };
  // Without anything to pass, a call has one argument.
  return exact(
    facts,
    Object.keys(facts).filter(name => name !== 'parameters' || needed.length > 0),
  );
}

function exact(properties: Record<string, unknown>, required = Object.keys(properties)): JSONSchema {
  return { type: 'object', properties: properties as never, required, additionalProperties: false };
}

/** References to components become those of one schema. */
function local(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/definitions/'));
}

if (import.meta.main) {
  const texts = await apiTexts();
  await writeFile(join(ROOT, API_FILES.document), texts.document);
  await writeFile(join(ROOT, API_FILES.types), texts.types);
}
