import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { AccidentSettings } from '../../lib/domain/accident.ts';
import { ReasonRetention } from '../../lib/domain/backup-reason.ts';
import { LoadSettings } from '../../lib/domain/database-load.ts';
import { RetentionSetting } from '../../lib/domain/retention.ts';
import { SnapshotHours } from '../../lib/domain/snapshot-frequency.ts';
import { configurationReference } from '../../lib/infra/configuration-reference.ts';
import { Deployment } from '../../lib/infra/deployment.ts';

it('docs/configuration.md matches the schema (regenerate: node bin/write-configuration.ts)', () => {
  const stored = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
  expect(stored).toBe(configurationReference());
});

it('every field has a description', () => {
  const rows = configurationReference()
    .split('\n')
    .filter(line => /^\| `/.test(line));
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.filter(line => /\| {2}\|$/.test(line))).toEqual([]);
});

/** Names of every property of the schema, at any depth. */
function propertyNames(schema: unknown): string[] {
  if (schema === null || typeof schema !== 'object') return [];
  return Object.entries(schema).flatMap(([key, value]) => [
    ...(key === 'properties' ? Object.keys(value as object) : []),
    ...propertyNames(value),
  ]);
}

it('every field is read by the stacks or their parts', () => {
  const folder = join(import.meta.dirname, '../../lib/infra');
  const schemas = ['deployment.ts', 'source-place.ts', 'configuration-reference.ts'];
  const text = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !schemas.includes(file))
    .map(file => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  // The standby's location is read like the source's: only databaseIn() distinguishes them.
  const ofStandby = ['standby', 'secretArn', 'resourceId'];
  // Passed to the functions as one object each.
  const whole = [RetentionSetting, ReasonRetention, AccidentSettings, LoadSettings, SnapshotHours].flatMap(
    ({ shape }) => Object.keys(shape),
  );
  const elsewhere = new Set([...ofStandby, ...whole]);
  const names = new Set(propertyNames(z.toJSONSchema(Deployment, { io: 'input', unrepresentable: 'any' })));
  expect(names.size).toBeGreaterThan(40);
  expect([...names].filter(name => !new RegExp(`\\b${name}\\b`).test(text) && !elsewhere.has(name))).toEqual([]);
});
