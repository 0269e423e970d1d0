/** The published JSON Schemas are those of the sources, and docs/json.md lists them all. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { buildProgram } from '../../bin/program.ts';
import { errorDocument } from '../../bin/terminal/error-text.ts';
import { COMMAND_DOCUMENTS, jsonSchemas } from '../../lib/api/documents/json-schemas.ts';
import { ERROR_KINDS } from '../../lib/domain/error-kind.ts';
import { InputError } from '../../lib/domain/errors.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const page = readFileSync(join(DOCS, 'json.md'), 'utf8');
const stored = (name: string) => JSON.parse(readFileSync(join(DOCS, 'schemas', `${name}.json`), 'utf8'));
const names = [...jsonSchemas().keys()];

describe('the published schemas', () => {
  it.each(names)('%s is current (regenerate: node bin/write-schemas.ts)', name => {
    expect(stored(name)).toEqual(JSON.parse(JSON.stringify(jsonSchemas().get(name))));
  });

  it('are all of the folder, and docs/json.md links each', () => {
    expect(readdirSync(join(DOCS, 'schemas')).sort()).toEqual(names.map(name => `${name}.json`).sort());
    for (const name of names) expect(page).toContain(`(schemas/${name}.json)`);
  });

  it('belong to commands that exist', () => {
    const commands = buildProgram().commands.map(command => command.name());
    for (const name of Object.keys(COMMAND_DOCUMENTS)) expect(commands).toContain(name);
  });

  it('can be read by a program that knows nothing of Holdfast', () => {
    const schema = z.fromJSONSchema(stored('error'));
    const error = JSON.parse(JSON.stringify(errorDocument(new InputError('bad-target', 'No.', { hint: 'Yes.' }))));
    expect(schema.parse(error)).toEqual(error);
    expect(schema.safeParse({ error: { code: 1 } }).success).toBe(false);
  });

  it('allow fields that later versions add to what is printed, and no unknown field in a request', () => {
    const error = { ...errorDocument(new InputError('bad-target', 'No.', { hint: 'Yes.' })), added: true };
    expect(z.fromJSONSchema(stored('error')).parse(JSON.parse(JSON.stringify(error)))).toMatchObject({ added: true });
    const request = z.fromJSONSchema(stored('restore-request'));
    expect(request.safeParse({ tenant: '17', target: '2 hours ago' }).success).toBe(true);
    expect(request.safeParse({ tenant: '17', target: '2 hours ago', tabels: [] }).success).toBe(false);
  });
});

describe('docs/json.md', () => {
  it('states the exit code of each class of errors', () => {
    for (const { className, exitCode } of Object.values(ERROR_KINDS))
      if (className !== 'HoldfastError') expect(page).toContain(`| ${exitCode} | ${className}`);
  });
});
