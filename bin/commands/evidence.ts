/** `evidence`: a signed bundle that shows by stored objects which controls of a framework this installation meets. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { type EvidenceConfiguration, FRAMEWORKS, type Framework } from '../../lib/domain/evidence/bundle.ts';
import { GOVERNED_ACTIONS } from '../../lib/domain/governed-action.ts';
import { periodsOf } from '../../lib/domain/policy-change.ts';
import { SYSTEM } from '../../lib/domain/tenant.ts';
import { makeBundleFiles } from '../../lib/operations/governance/evidence/evidence-bundle.ts';
import { gatherEvidence } from '../../lib/operations/governance/evidence/gather-evidence.ts';
import { verifyEvidence } from '../../lib/operations/governance/evidence/verify-evidence.ts';
import { renderEvidence, renderEvidenceVerification } from '../terminal/evidence-text.ts';
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
  const { configuration, recordDays } = await configurationOf(session);
  await makeFolder(options.output);
  const bundle = await gatherEvidence(deps, { framework: options.framework, from, to, tenant, configuration });
  const files = await makeBundleFiles(deps, bundle, recordDays);
  for (const [name, bytes] of files) await writeFile(join(options.output, name), bytes, { flag: 'wx' });
  const { framework, controls } = bundle;
  const states = controls.map(({ id, title, state, missing }) => ({ id, title, state, missing }));
  const document = { folder: options.output, framework, from: bundle.from, to: bundle.to, controls: states };
  session.emit({ ...document, files: [...files.keys()] }, () => renderEvidence(document, session));
}

/** InputError `file-exists`: a bundle is never mixed with other files. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  if ((await readdir(path)).length === 0) return;
  throw new InputError('file-exists', `The folder ${path} is not empty.`, { hint: 'Name a new folder: --output.' });
}

async function configurationOf(
  session: Session,
): Promise<{ configuration: EvidenceConfiguration; recordDays: number }> {
  if (session.deployed) {
    const { functions } = (await session.deployed()).description;
    const { region, otherVaults, keys, retention, approvals } = functions;
    return {
      configuration: {
        ...{ place: 'aws', regions: [region, ...otherVaults.map(other => other.region)], keys: keys.mode },
        ...{ retention: periodsOf(retention), approvals: { restore: approvals.inPlace }, roles: {} },
      },
      recordDays: retention.recordDays,
    };
  }
  const config = await session.config();
  const { policyOfConfig } = await import('../../lib/runtime/governance.ts');
  const ruleOf = policyOfConfig(config);
  const approvals = Object.fromEntries(GOVERNED_ACTIONS.map(action => [action, ruleOf(action, SYSTEM).approvals]));
  const roles: Record<string, number> = {};
  for (const role of (config.people ?? []).flatMap(person => person.roles)) roles[role] = (roles[role] ?? 0) + 1;
  return {
    configuration: {
      ...{ place: 'one-machine', regions: [], keys: 'local', retention: config.settings.keep, approvals, roles },
    },
    recordDays: config.settings.retentionDays.record,
  };
}

async function verify(session: Session, folder: string, { key }: { readonly key: string }): Promise<void> {
  const pem = await readFile(key, 'utf8').catch(cause => {
    throw missing(key, cause);
  });
  const names = await readdir(folder).catch(cause => {
    throw missing(folder, cause);
  });
  const files = new Map<string, Uint8Array>();
  for (const name of names.sort()) files.set(name, await readFile(join(folder, name)).catch(() => Buffer.alloc(0)));
  const result = verifyEvidence(files, pem);
  session.emit(result, () => renderEvidenceVerification(result, session));
  if (!result.ok) session.exitWith(3);
}

function missing(path: string, cause: NodeJS.ErrnoException): InputError {
  return new InputError('usage', `${path} cannot be read (${cause.code}).`, { hint: 'Check the path.', cause });
}
