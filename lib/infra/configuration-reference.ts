/**
 * Generates docs/configuration.md from the schema, so that the two cannot differ. Called by bin/write-configuration.ts; a
 * test fails if the stored page is out of date.
 */
import { fieldTables } from '../domain/field-tables.ts';
import { schemaOf } from '../domain/schema-field.ts';
import { Deployment } from './deployment.ts';

const HEAD = `# Configuration

Every field of the deployment file, \`deployment.ts\`. Start from \`deployment.example.ts\`; \`cdk … --context deployment=FILE\` selects
another file. Synthesis validates it: an invalid value is reported with its field and the allowed values, and nothing is deployed. Only
fields marked *required* must be set.

\`npx node bin/write-configuration.ts\` generates this page from the schema in lib/infra/deployment.ts.
`;

/** The whole page. */
export function configurationReference(): string {
  return `${HEAD}\n${fieldTables('', schemaOf(Deployment)).join('\n')}`;
}
