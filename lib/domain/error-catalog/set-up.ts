/** Errors in configuration, credentials, tenant model and the choices of discovery. */
import { errorsOf } from '../error-kind.ts';

const { operator, depends } = errorsOf('input');

export const SET_UP = {
  'bad-answer': operator(
    'An answer to discovery does not have the form PATTERN=ANSWER.',
    'Correct the option --answer.',
  ),
  'bad-contacts': operator(
    'The document of contacts is not valid, or cannot be read.',
    'Write `holdfast.contacts/1`: docs/messages.md.',
  ),
  'bad-config': operator(
    'holdfast.yaml is not valid.',
    'Correct the lines that the message names; `holdfast init --print` shows every field.',
  ),
  'bad-database-url': operator(
    'The database URL is not valid.',
    'Write postgres://user:password@host:5432/database, with special characters percent-encoded.',
  ),
  'bad-deployment': operator(
    'The deployment file is not valid.',
    'Correct the fields that the message names; docs/configuration.md lists all of them.',
  ),
  'bad-function-config': operator(
    'The configuration of a function is missing or from another version.',
    'Deploy the stacks again.',
  ),
  'bad-installation': operator(
    'The installation on AWS has another version of Holdfast.',
    'Use the command line of the deployed version, or deploy again with this one.',
  ),
  'no-mail-server': operator('No server for e-mail is configured.', 'Write `mail` into the configuration.'),
  'no-messages': operator(
    'The installation sends no messages, or not in this region.',
    'Set alarms.messages in the deployment, and call the primary region.',
  ),
  'bad-model': operator('The tenant model is not valid.', 'Correct the line and field that the message names.'),
  'bad-name': operator('A name in the database contains a NUL character.', 'Correct the name.'),
  'bad-schedule': operator(
    'A schedule is not a rate or cron expression.',
    'Write rate(1 minute) or cron(0 3 * * ? *).',
  ),
  'bad-secret': operator(
    'The secret of the source database does not contain a username and password.',
    'Use the secret that RDS keeps for the export role.',
  ),
  'bad-source': operator('The address of the source database is incomplete.', 'Set host and database.'),
  'bad-table-name': operator('A table name does not have the form schema.table.', 'Quote its parts as in SQL.'),
  'bad-tenant-reference': depends(
    'The text is not a tenant reference (26 lower-case letters and digits).',
    'Use a reference from the catalog or from the output of a step.',
  ),
  'composite-tenant-key': operator(
    'The tenant table has a composite key; no single column identifies a tenant.',
    'Give it a unique column that the other tables reference, or choose another tenant table.',
  ),
  'cannot-write-file': operator('A file cannot be written.', 'Check that the directory exists, and its permissions.'),
  'file-exists': operator('The configuration file already exists.', 'Pass --force to replace it.'),
  'local-only': operator('The command works only with a holdfast.yaml.', 'Run it where that file is.'),
  'missing-variable': operator(
    'holdfast.yaml refers to an environment variable that is not set.',
    'Set it, or change the reference.',
  ),
  'needs-database': operator(
    'The command needs a connection to the database.',
    'Run it where the database can be reached.',
  ),
  'needs-terminal': operator(
    'A question needs a terminal, and there is none.',
    'Answer with options or in the model file.',
  ),
  'no-config': operator('No holdfast.yaml was found.', 'Run `holdfast init`, or name the file with --config.'),
  'no-credentials': operator('AWS does not accept the credentials.', 'Log in, and name the profile with --profile.'),
  'no-database-ca': operator(
    'The CA certificates of the database are missing.',
    'Name RDS’s global-bundle.pem in source.certificates, on this machine in HOLDFAST_DATABASE_CA.',
  ),
  'no-database-url': operator('No database URL is configured.', 'Set database.url or HOLDFAST_DATABASE_URL.'),
  'no-deployment': operator('There is no deployment file.', 'Copy deployment.example.ts and fill in your values.'),
  'no-execution': operator('There is no such execution.', 'Executions are kept for 90 days; check name and region.'),
  'no-installation': operator('There is no such installation in this region.', 'Check name, region and account.'),
  'no-model': operator('The tenant model cannot be read.', 'Write one with `holdfast discover`.'),
  'no-password-file': operator(
    'The file that HOLDFAST_INTO_PASSWORD_FILE or HOLDFAST_CLUSTER_PASSWORD_FILE names cannot be read.',
    'Correct the path, or set the variable without _FILE.',
  ),
  'no-region': operator('No AWS region is set.', 'Pass --region, or set it in the profile or in AWS_REGION.'),
  'no-session-role': operator('A function has no role for the session of a tenant.', 'Deploy the stacks again.'),
  'no-such-answer': operator('The answer is not among those of its question.', 'Choose one that the hint lists.'),
  'no-such-column': operator('No table has the given tenant column.', 'Spell it as in the tables.'),
  'no-such-database': operator(
    'RDS has no such cluster or instance in this region.',
    'Check the identifier and the region.',
  ),
  'no-such-pattern': operator('No open question has that pattern.', 'Choose one that the hint lists.'),
  'no-such-table': operator('There is no table of that name.', 'Name it with its schema, quoted as in SQL.'),
  'no-tables': operator('The database has no tables.', 'Check the database name at the end of the URL.'),
  'no-tenant-key': operator(
    'The tenant table has no single-column key that matches the tenant column.',
    'Name the tenant column, or give the table a primary key of the same type.',
  ),
  'no-tenant-model': operator(
    'The tenant model that the deployment names cannot be read.',
    'Run `holdfast discover`, review the file and set its path in the deployment.',
  ),
  'no-tenant-table': operator(
    'No table looks like the tenant table, and no column like the tenant column.',
    'Name the table: --tenant-table.',
  ),
  'not-a-member': operator('The global cluster has no such secondary cluster.', 'Choose one that the hint lists.'),
  'not-allowed': operator('The AWS credentials lack a permission.', 'Attach the operator or approver policy.'),
  'not-an-approver': operator('These credentials cannot approve.', 'Attach the approver policy.'),
  'not-a-requester': operator(
    'These credentials cannot request holds and other actions.',
    'Attach the legal officer policy.',
  ),
  'not-an-operator': operator('These credentials cannot request restores.', 'Attach the operator policy.'),
  'password-on-command-line': operator(
    'The URL after --into or --cluster-url contains a password, which every process on the machine can read.',
    'Remove it and set the variable that the hint names.',
  ),
  'tenant-table-unclear': operator('Several tables could be the tenant table.', 'Name the right one: --tenant-table.'),
};
