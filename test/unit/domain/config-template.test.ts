/** The file that `holdfast init` writes and docs/configuration-file.md are both generated from the schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ConfigFile } from '../../../lib/domain/config-file.ts';
import { configFileReference } from '../../../lib/domain/config-file-reference.ts';
import { configTemplate } from '../../../lib/domain/config-template.ts';
import { type SchemaField, schemaOf } from '../../../lib/domain/schema-field.ts';
import { Settings } from '../../../lib/domain/settings.ts';

const read = (text: string) => ConfigFile.parse(parse(text));
const template = configTemplate({ installation: 'acme-production' });
/** Every field that is left at its default, written. */
const uncommented = template.replaceAll(/^#(?=\S| {2})/gm, '');

function fieldsIn(field: SchemaField, path = ''): { path: string; field: SchemaField }[] {
  return Object.entries(field.properties ?? {}).flatMap(([name, each]) => [
    { path: path + name, field: each },
    ...fieldsIn(each, `${path}${name}.`),
  ]);
}
const fields = fieldsIn(schemaOf(ConfigFile));

describe('a new holdfast.yaml', () => {
  it('reads back as the chosen values and the defaults, for any choice', () => {
    const text = fc.string({ minLength: 1 });
    const installation = fc.stringMatching(/^[a-z0-9][a-z0-9-]{2,62}$/);
    fc.assert(
      fc.property(installation, text, text, (name, url, vault) => {
        const config = read(configTemplate({ installation: name, database: { url }, vault }));
        expect(config).toEqual({ ...read(template), installation: name, database: { url }, vault });
      }),
    );
    expect(read(template).settings).toEqual(Settings.parse({}));
  });

  it('shows every field with its default: removing a # changes nothing', () => {
    const { database, timeZone, policyQuery, people, approvals, policies, ...more } = read(uncommented);
    const { messages, mail, contacts, approvalLink, drills, regions, snapshotHours, ...config } = more;
    const { database: _, drills: noDrills, ...defaults } = read(template);
    expect(config).toEqual(defaults);
    expect([noDrills, drills.testInstallation]).toEqual([{ testInstallation: false }, false]);
    // These have no default; what stands there is an example.
    expect([database.url, timeZone]).toEqual([expect.stringMatching(/^postgres:/), 'Europe/Berlin']);
    expect(policyQuery).toMatch(/^SELECT /);
    for (const file of [regions, contacts]) expect(file).toMatch(/yaml$/);
    expect(snapshotHours).toEqual({ critical: 24, standard: 24, historical: 24, archive: 24 });
    expect(mail).toMatchObject({ port: 587, security: 'starttls' });
    expect([people, approvals, policies]).toEqual([[expect.anything()], [expect.anything()], [expect.anything()]]);
    expect([messages, approvalLink]).toEqual([[expect.anything()], expect.stringMatching(/^https:/)]);
    const written = fieldsIn(schemaOf(ConfigFile)).map(({ path }) => path);
    const at = (value: unknown, path: string) =>
      path.split('.').reduce<unknown>((found, name) => (found as Record<string, unknown>)?.[name], value);
    expect(written.filter(path => at(parse(uncommented), path) === undefined)).toEqual([]);
  });

  it('describes every field', () => {
    expect(fields.length).toBeGreaterThan(30);
    expect(fields.filter(({ field }) => !/^[A-Z].*\.$/.test(field.description ?? '')).map(({ path }) => path)).toEqual(
      [],
    );
  });

  it('is described by docs/configuration-file.md (else: npx node bin/write-configuration.ts)', () => {
    const stored = readFileSync(join(import.meta.dirname, '../../../docs/configuration-file.md'), 'utf8');
    expect(stored).toBe(configFileReference());
  });
});
