/** Generates the reference pages in docs/: the configuration from its schemas, the errors from their catalogue. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFileReference } from '../lib/domain/config-file-reference.ts';
import { errorReference } from '../lib/domain/error-reference.ts';
import { configurationReference } from '../lib/infra/configuration-reference.ts';

const PAGES = {
  'configuration.md': configurationReference,
  'configuration-file.md': configFileReference,
  'errors.md': errorReference,
};

for (const [name, page] of Object.entries(PAGES)) writeFileSync(join(import.meta.dirname, '../docs', name), page());
