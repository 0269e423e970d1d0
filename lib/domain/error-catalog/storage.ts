/** What vault, keyring, signer, catalog and the services behind them refuse, or fail at. */
import { errorsOf } from '../error-kind.ts';

const { auto, operator, never, depends } = errorsOf('storage');

const AGAIN = 'If the retry is auto, run it again; otherwise check the role and the names as the hint says.';

export const STORAGE = {
  'access-denied': operator('The role may not do this in the vault’s bucket.', 'Compare its policies with the stack.'),
  'approval-unreachable': auto('The decision may not have arrived.', 'Send it again: it counts once.'),
  'aws-unreachable': depends('AWS did not do what was asked.', AGAIN),
  'bad-object-key': never('An object key is empty or too long.', 'Report it: a fault of Holdfast.'),
  'bad-signing-key': operator('The KMS key is not a signing key.', 'Name the key that the vault stack made.'),
  'catalog-behind': errorsOf('storage', 'integrity').depends(
    'The vault holds log that the catalog does not list.',
    'Run `holdfast ship`, or `holdfast catalog rebuild`.',
  ),
  'catalog-busy': auto('Another process holds the catalog.', 'Try again when it has finished.'),
  'catalog-changed': auto('The catalog was written to while it was rebuilt.', 'End other work, then rebuild again.'),
  'catalog-damaged': operator('The catalog is damaged.', 'Run `holdfast catalog rebuild`.'),
  'catalog-full': operator('There is no room left for the catalog.', 'Make room, then run it again.'),
  'catalog-unreachable': depends('The catalog cannot be used.', AGAIN),
  'catalog-write-refused': never('The catalog does not take a write.', 'Run `holdfast catalog rebuild`.'),
  'execution-aborted': operator('An execution on AWS was stopped by somebody.', 'Start it again.'),
  'execution-timed-out': operator('An execution on AWS took too long.', 'Read its history, then start it again.'),
  'in-progress': auto('The same work is being done by another call.', 'Try again.'),
  'key-destroyed': never('The tenant’s key was destroyed.', 'What was sealed under it cannot be opened again.'),
  'key-replica-unreachable': operator(
    'The tenant’s key has a replica in a region that is not configured.',
    'Add the region to the configuration and destroy the key again.',
  ),
  'key-unusable': operator('The tenant’s key is disabled or pending deletion.', 'Look at it in KMS.'),
  'keyring-damaged': never('A key file is damaged.', 'Bring it back from your copy of the keys directory.'),
  'keyring-unreachable': depends('The keyring cannot be used.', AGAIN),
  'keys-missing': operator(
    'The vault holds backups, and the keys directory no keys.',
    'Check `keys` in the configuration, or bring the keys back from your copy.',
  ),
  'lost-race': auto('Another run changed the catalog meanwhile.', 'Run it again.'),
  'no-such-run': operator('No snapshot is planned under that id.', 'Plan it first.'),
  'not-this-tenant': never('Work for one tenant asked for data of another.', 'Report it: a fault of Holdfast.'),
  'notice-not-sent': depends('A notification could not be sent.', AGAIN),
  'object-exists': never('The vault already has that object.', 'Look at what the run that wrote it did.'),
  'object-locked': never('The object is locked or held.', 'Wait until its retention ends, or release the hold.'),
  'object-not-locked': operator('The bucket does not lock objects.', 'Turn on versioning and Object Lock.'),
  'parts-missing': operator('Not all parts of the snapshot are done.', 'Run them, then commit.'),
  'rds-refused': depends('RDS did not do what was asked.', AGAIN),
  'rebuild-running': auto('Another process rebuilds the catalog.', 'Wait until it has ended.'),
  'secret-unreachable': depends('The secret of the database could not be read.', AGAIN),
  'session-refused': operator('STS gives no session for the tenant.', 'Compare roles and policies with the stacks.'),
  'session-unreachable': depends('STS could not be reached.', AGAIN),
  'signer-damaged': operator('The signing key cannot be read.', 'Bring it back from your copy of the keys directory.'),
  'signer-unreachable': depends('The signing key cannot be used.', AGAIN),
  'token-unreachable': depends('No login token for the database could be made.', AGAIN),
  'vault-damaged': operator('A retention record of the vault cannot be read.', 'Bring it back from a copy.'),
  'vault-full': operator('There is no room left in the vault.', 'Make room, then run it again.'),
  'vault-unreachable': depends('The vault cannot be used.', AGAIN),
  'wrong-key': never('The tenant’s key is not the one that sealed this.', 'Check that the keyring is the right one.'),
};
