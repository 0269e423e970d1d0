import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configurationReference } from '../../lib/infra/configuration-reference.ts';

it('docs/configuration.md is what the schema says (else: node bin/write-configuration.ts)', () => {
  const stored = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
  expect(stored).toBe(configurationReference());
});

it('every field says what it means', () => {
  const rows = configurationReference()
    .split('\n')
    .filter(line => /^\| `/.test(line));
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.filter(line => /\| {2}\|$/.test(line))).toEqual([]);
});
