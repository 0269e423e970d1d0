/** Errors of the vault, keyring, signer and catalog, and of the services behind them. */
import { errorsOf } from '../error-kind.ts';

const { auto, operator, never, depends } = errorsOf('storage');

const AGAIN = 'If the retry is auto, run it again. Otherwise check the role and the names as the hint says.';

export const STORAGE = {
  'archive-too-large': operator(
    'The rows of a tenant could not be written into an archive within one call of a function.',
    'Archive this tenant from a machine that reaches the database, with `--direct`.',
  ),
  'access-denied': operator(
    'The role lacks a permission on the vault’s bucket.',
    'Compare its policies with the stack.',
  ),
  'approval-unreachable': auto('It is not known whether the decision was received.', 'Send it again: it counts once.'),
  'audit-unwritable': operator(
    'An event could not be written to the audit trail, so its action was stopped.',
    'Correct the cause that the message names, then run it again.',
  ),
  'aws-unreachable': depends('A request to AWS failed.', AGAIN),
  'bad-object-key': never('An object key is empty or too long.', 'Report it as a bug in Holdfast.'),
  'bad-signing-key': operator('The KMS key is not a signing key.', 'Use the key that the vault stack creates.'),
  'traffic-not-moved': operator(
    'What leads the application to the active region was not told: webhook, DNS record or parameter.',
    'Correct it, then repeat the fail-over: it goes on at this step.',
  ),
  'catalog-behind': errorsOf('storage', 'integrity').depends(
    'The vault contains log that the catalog does not list.',
    'Run `holdfast ship`, or `holdfast catalog rebuild`.',
  ),
  'catalog-busy': auto('Another process has locked the catalog.', 'Run it again when that process has ended.'),
  'catalog-changed': auto('The catalog was written to during the rebuild.', 'Stop other work, then rebuild again.'),
  'catalog-damaged': operator('The catalog is damaged.', 'Run `holdfast catalog rebuild`.'),
  'catalog-full': operator('The disk of the catalog is full.', 'Free disk space, then run it again.'),
  'catalog-unreachable': depends('The catalog is not available.', AGAIN),
  'catalog-write-refused': never('The catalog refuses a write.', 'Run `holdfast catalog rebuild`.'),
  'execution-aborted': operator('An execution on AWS was stopped.', 'Start it again.'),
  'execution-timed-out': operator('An execution on AWS timed out.', 'Read its history, then start it again.'),
  'in-progress': auto('Another call is doing the same work.', 'Try again when it has ended.'),
  'investigation-unanswered': auto(
    'The installation did not answer a question about a tenant’s log.',
    'Ask again, or narrow the range.',
  ),
  'key-destroyed': never('The tenant’s key was destroyed.', 'What was sealed under it can never be opened again.'),
  'key-replica-unreachable': operator(
    'The tenant’s key has a replica in a region that is not configured.',
    'Add the region to the configuration and destroy the key again.',
  ),
  'key-unusable': operator('The tenant’s key is disabled or pending deletion.', 'Check the key in KMS.'),
  'keyring-damaged': never('A key file is damaged.', 'Restore it from your copy of the keys directory.'),
  'keyring-unreachable': depends('The keyring is not available.', AGAIN),
  'keys-missing': operator(
    'The vault contains backups, but the keys directory has no keys.',
    'Check `keys` in the configuration, or restore the keys from your copy.',
  ),
  'lost-race': auto('Another run changed the catalog in the meantime.', 'Run it again.'),
  'no-key-copy': operator(
    'The vault has no copy of the branch keys.',
    'Restore the table of keys from its own recovery, or from its replica in another region.',
  ),
  'no-signing-key': operator(
    'A signature names a signing key that this installation does not have.',
    'Restore its public key from your copy of the keys directory.',
  ),
  'no-such-run': operator('No snapshot is planned under that id.', 'Plan it first.'),
  'not-this-tenant': never('Work for one tenant asked for data of another.', 'Report it as a bug in Holdfast.'),
  'notice-not-sent': depends('A notification could not be sent.', AGAIN),
  'object-exists': never('The vault already has that object.', 'Check the run that wrote it.'),
  'object-locked': never(
    'The object is locked or under legal hold.',
    'Wait until its retention ends, or release the hold.',
  ),
  'object-not-locked': operator('Object Lock is not enabled on the bucket.', 'Turn on versioning and Object Lock.'),
  'other-version': operator('The snapshot was begun by another version of Holdfast.', 'Take it again.'),
  'parts-missing': operator('Some parts of the snapshot are not complete.', 'Run them, then commit.'),
  'rds-refused': depends('A request to RDS failed.', AGAIN),
  'message-undelivered': depends(
    'A message could not be delivered to a recipient.',
    'Check its URL and key, or the mail server.',
  ),
  'rebuild-running': auto('Another process is rebuilding the catalog.', 'Wait for it to end.'),
  'action-unreachable': auto(
    'It is not known whether the request for an action was received.',
    '`holdfast requests` shows whether it was kept.',
  ),
  'request-unreachable': auto(
    'It is not known whether the request for a restore was received.',
    '`holdfast executions restore-tenant` shows whether the restore was started.',
  ),
  'read-only-copy': never('A drill tried to write to the copy of the vault.', 'Report it as a bug in Holdfast.'),
  'secret-unreachable': depends('The secret of the database, or of a webhook, could not be read.', AGAIN),
  'session-refused': operator(
    'STS refuses the session for the tenant.',
    'Compare its roles and policies with the stacks.',
  ),
  'session-unreachable': depends('STS could not be reached.', AGAIN),
  'signer-damaged': operator('The signing key cannot be read.', 'Restore it from your copy of the keys directory.'),
  'signer-unreachable': depends('The signing key is not available.', AGAIN),
  'token-unreachable': depends('The login token for the database could not be created.', AGAIN),
  'vault-damaged': operator('A retention record of the vault cannot be read.', 'Restore it from a copy.'),
  'vault-full': operator('The disk of the vault is full.', 'Free disk space, then run it again.'),
  'vault-role-refused': operator(
    'STS refuses the role in the account of the vault.',
    'Deploy that account first; name roles of people in `vault` of the deployment.',
  ),
  'vault-unreachable': depends('The vault is not available.', AGAIN),
  'wrong-key': never(
    'The data was sealed under a different key of the tenant.',
    'Check that this is the right keyring.',
  ),
};
