/** `attest`: a restore, a hold, its release or a destruction as a signed statement that others verify with the public key alone. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { attestRequest } from '../../lib/operations/governance/attest-request.ts';
import { attestRestore } from '../../lib/operations/governance/attest-restore.ts';
import { inSession, type Session } from '../terminal/session.ts';

export function registerAttest(program: Command): void {
  program
    .command('attest')
    .description('sign a statement about a restore or a request for others')
    .argument('<restore>', 'id of the restore, or its prefix; or of a request that was executed')
    .option('--output <file>', 'file to write (default: standard output)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast attest 0mb2c4f1a --output restore.intoto.json\n  $ holdfast audit public-key > holdfast.pem\n\nA request is a hold, a release or a destruction. The answer is an in-toto\nStatement in a DSSE envelope, to check with cosign or openssl: see\ndocs/audit-trail.md. Without row values and without the tenant\u2019s id.',
    )
    .action(inSession(attestOne));
}

async function attestOne(session: Session, named: string, { output: file }: { output?: string }): Promise<void> {
  const deps = await session.deps();
  const envelope = (await attestRequest(deps, await session.principal(), named)) ?? (await attestRestore(deps, named));
  const text = `${JSON.stringify(envelope)}\n`;
  if (file === undefined) return session.emit(envelope, () => text);
  await writeFile(file, text).catch(cause => {
    throw new InputError('cannot-write-file', `${file} cannot be written (${cause.code}).`, {
      hint: 'Check that its directory exists, and its permissions.',
      cause,
    });
  });
  session.emit({ file, envelope }, () => `${session.style.good('✓ Written')} to ${file}\n`);
}
