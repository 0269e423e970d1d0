/** `catalog rebuild`: rebuilds the index from the signed manifests in the vault. */
import type { Command } from 'commander';
import { rebuildCatalogFile } from '../../lib/local/rebuild-catalog-file.ts';
import { type RebuildResult, rebuildCatalog } from '../../lib/operations/rebuild/rebuild-catalog.ts';
import { openLocalDeps } from '../../lib/runtime/local.ts';
import { count, plural } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';
import { renderFacts } from '../terminal/table.ts';

export function registerCatalog(program: Command): void {
  program
    .command('catalog')
    .description('manage the index of the vault')
    .command('rebuild')
    .description('rebuild the catalog from the signed manifests in the vault')
    .option('-y, --yes', 'do not ask for confirmation')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast catalog rebuild\n\nStop `ship --follow` first. The current catalog stays in use until the new one\nis complete; a copy of it is kept. Nothing in the vault is changed.',
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
  const keepAs = `${catalog}.${session.now().toISOString().replaceAll(/[-:.]/g, '')}`;
  const { result, kept } = await rebuildCatalogFile(catalog, keepAs, async fresh => {
    const deps = await openLocalDeps({ ...config, catalog: fresh }, session.ports);
    return rebuildCatalog(deps).finally(() => deps.close());
  });
  session.emit({ ...result, kept }, () => renderRebuild(result, kept, session.style));
}

/** The counts that the state machine reports, unchanged. */
function renderRemote(style: Style, output: unknown): string {
  const counts = Object.entries(output as object).flatMap(([name, value]): [string, string][] =>
    typeof value === 'number' ? [[name, count(value)]] : [],
  );
  return `${style.good('✓ Rebuilt')} from signed manifests\n${renderFacts(counts, { style })}`;
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
    ['audit chains', count(result.auditChains)],
    ...(kept === null ? [] : ([['previous catalog', kept]] as [string, string][])),
  ];
  const keys =
    withoutKey.length === 0
      ? ''
      : `${style.warn('!')} ${plural(withoutKey.length, 'tenant')} without a key: listed, but none of their backups can be opened.\n`;
  const left = leftOut.map(({ key, why }) => `${style.warn('!')} skipped ${key}: ${why}\n`).join('');
  return `${style.good('✓ Rebuilt')} from signed manifests\n${renderFacts(facts, { style })}${keys}${left}`;
}
