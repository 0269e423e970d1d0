/** Writes docs/configuration.md anew, from the schema. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationReference } from '../lib/infra/configuration-reference.ts';

writeFileSync(join(import.meta.dirname, '../docs/configuration.md'), configurationReference());
