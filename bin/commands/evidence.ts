/** `evidence`: a signed bundle that shows by stored objects which controls of a framework this installation meets. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { FRAMEWORKS, type Framework } from '../../lib/domain/evidence/bundle.ts';
import { makeBundleFiles } from '../../lib/operations/governance/evidence/evidence-bundle.ts';
import { gatherEvidence } from '../../lib/operations/governance/evidence/gather-evidence.ts';
import { verifyEvidence } from '../../lib/operations/governance/evidence/verify-evidence.ts';
import { evidenceConfiguration } from '../terminal/evidence-configuration.ts';
import { renderEvidence, renderEvidenceVerification } from '../terminal/evidence-text.ts';
import { newFolder, readFolder, readGivenFile } from '../terminal/file-folder.ts';
import { typedTime } from '../terminal/log-range.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';

interface ExportOptions {
  readonly framework: Framework;
  readonly from: string;
  readonly to?: string;
  readonly tenant?: string;
  readonly output: string;
}

export function registerEvidence(program: Command): void {
  const evidence = program
    .command('evidence')
    .description('show for an audit which controls are met, by stored objects');
  evidence
    .command('export', { isDefault: true })
    .description('write a signed bundle for one framework and range')
    .addOption(new Option('--framework <name>', 'framework').choices(FRAMEWORKS).makeOptionMandatory())
    .requiredOption('--from <time>', 'beginning of the range, included')
    .option('--to <time>', 'end of the range, not included (default: now)')
    .option('--tenant <tenant>', 'only this tenant (default: all)')
    .requiredOption('--output <dir>', 'new folder to write')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast evidence --framework soc2 --from 2026-01-01T00:00:00Z \\\n      --to 2026-04-01T00:00:00Z --output soc2-2026-q1\n\nThe folder has bundle.json, index.html for people, manifest.json (signed) and\nsign-off.json for the reviewer. It names no tenant and no row.',
    )
    .action(inSession(exportEvidence));
  evidence
    .command('verify')
    .description('verify a bundle with nothing but the public key')
    .argument('<dir>', 'folder of the bundle')
    .requiredOption('--key <file>', 'public key in PEM')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast audit public-key > holdfast.pem\n  $ holdfast evidence verify soc2-2026-q1 --key holdfast.pem\n\nExit code 3 if anything differs. No configuration is needed.',
    )
    .action(inSession(verify));
}

async function exportEvidence(session: Session, options: ExportOptions): Promise<void> {
  await session.ready();
  const from = typedTime(session, options.from);
  const to = options.to === undefined ? session.now() : typedTime(session, options.to);
  const deps = await session.deps();
  const tenant = options.tenant === undefined ? undefined : (await askedTenant(session, options.tenant)).ref;
  const { configuration, recordDays } = await evidenceConfiguration(session);
  await newFolder(options.output);
  const bundle = await gatherEvidence(deps, { framework: options.framework, from, to, tenant, configuration });
  const files = await makeBundleFiles(deps, bundle, recordDays);
  for (const [name, bytes] of files) await writeFile(join(options.output, name), bytes, { flag: 'wx' });
  const { framework, controls } = bundle;
  const states = controls.map(({ id, title, state, missing }) => ({ id, title, state, missing }));
  const document = { folder: options.output, framework, from: bundle.from, to: bundle.to, controls: states };
  session.emit({ ...document, files: [...files.keys()] }, () => renderEvidence(document, session));
}

async function verify(session: Session, folder: string, { key }: { readonly key: string }): Promise<void> {
  const result = verifyEvidence(await readFolder(folder), await readGivenFile(key));
  session.emit(result, () => renderEvidenceVerification(result, session));
  if (!result.ok) session.exitWith(3);
}
