/** docs/configuration-file.md, generated from the schema of holdfast.yaml by bin/write-configuration.ts. A test holds that it is current. */
import { ConfigFile } from './config-file.ts';
import { fieldTables } from './field-tables.ts';
import { schemaOf } from './schema-field.ts';

const HEAD = `# holdfast.yaml

The configuration of an installation on one machine. \`holdfast init\` writes it with every field and its default;
\`holdfast init --print\` shows that without writing. A deployment on AWS has another file: [configuration.md](configuration.md).

The file is the one of \`--config\`, else of the variable HOLDFAST_CONFIG, else holdfast.yaml in the current directory or one above it.
An invalid value is reported with its line. Passwords do not belong in the file: refer to an environment variable.

\`npx node bin/write-configuration.ts\` generates this page from the schema in lib/domain/config-file.ts.
`;

/** The whole page. */
export function configFileReference(): string {
  return `${HEAD}\n${fieldTables('', schemaOf(ConfigFile)).join('\n')}`;
}
