/** `catalog rebuild`: the index anew from the signed manifests of the vault. */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { type RebuildResult, rebuildCatalog } from '../../lib/operations/catalog/rebuild-catalog.ts';
import { openLocalDeps } from '../../lib/runtime/local.ts';
import { count, plural } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';
import { renderFacts } from '../terminal/table.ts';

export function registerCatalog(program: Command): void {
  program
    .command('catalog')
    .description('the index of everything that is stored')
    .command('rebuild')
    .description('make the catalog anew from the signed manifests in the vault')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast catalog rebuild\n\nEnd `ship --follow` first. The present catalog file is kept beside the new one; nothing in the vault is changed.',
    )
    .action(inSession(rebuild));
}

async function rebuild(session: Session, options: { yes?: boolean }): Promise<void> {
  const question = 'Rebuild the catalog from the vault?';
  if (session.remote) {
    await session.confirm(question, options.yes ?? false);
    const { execution, output } = await session.remote.run('rebuild-catalog', {});
    return session.emit({ execution, ...(output as object) }, () => renderRemote(session.style, output));
  }
  const config = await session.config();
  const { catalog } = config;
  await session.confirm(question, options.yes ?? false);
  const fresh = `${catalog}.new`;
  await removeCatalog(fresh);
  const deps = await openLocalDeps({ ...config, catalog: fresh }, session.ports);
  const result = await rebuildCatalog(deps).finally(() => deps.close());
  const kept = existsSync(catalog) ? `${catalog}.${session.now().toISOString().replaceAll(/[-:.]/g, '')}` : null;
  // The write-ahead files belong to the old catalog: the new one must not read them.
  for (const suffix of kept === null ? [] : FILES)
    if (existsSync(catalog + suffix)) await rename(catalog + suffix, kept + suffix);
  await rename(fresh, catalog);
  session.emit({ ...result, kept }, () => renderRebuild(result, kept, session.style));
}

/** What the state machine counted, as it is. */
function renderRemote(style: Style, output: unknown): string {
  const counts = Object.entries(output as object).flatMap(([name, value]): [string, string][] =>
    typeof value === 'number' ? [[name, count(value)]] : [],
  );
  return `${style.good('✓ Rebuilt')} from signed manifests\n${renderFacts(counts, { style })}`;
}

const FILES = ['', '-wal', '-shm'];

async function removeCatalog(path: string): Promise<void> {
  for (const suffix of FILES) await rm(path + suffix, { force: true });
}

function renderRebuild(result: RebuildResult, kept: string | null, style: Style): string {
  const { leftOut, withoutKey } = result;
  const facts: [string, string][] = [
    ['tenants', count(result.tenants)],
    ['snapshots', count(result.snapshots)],
    ['incrementals', count(result.incrementals)],
    ['log runs', count(result.runs)],
    ['log indexes', count(result.logIndexes)],
    ['erasures', count(result.erasures)],
    ['restores', count(result.restores)],
    ...(kept === null ? [] : ([['before', kept]] as [string, string][])),
  ];
  const keys =
    withoutKey.length === 0
      ? ''
      : `${style.warn('!')} ${plural(withoutKey.length, 'tenant')} without a key: listed, but nothing of theirs opens.\n`;
  const left = leftOut.map(({ key, why }) => `${style.warn('!')} left out ${key}: ${why}\n`).join('');
  return `${style.good('✓ Rebuilt')} from signed manifests\n${renderFacts(facts, { style })}${keys}${left}`;
}
