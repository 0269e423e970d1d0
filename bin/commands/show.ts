/** `show`: a backup for people; `cat`: its manifest for programs. Both verify signature and digests first. */
import type { Command } from 'commander';
import type { SnapshotTable } from '../../lib/domain/snapshot-body.ts';
import { type FoundManifest, findManifest } from '../../lib/operations/catalog/find-manifest.ts';
import { count, momentAgo, plural, printable, size } from '../terminal/format.ts';
import { renderRecord } from '../terminal/record-text.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderFacts, renderTable } from '../terminal/table.ts';

export function registerShow(program: Command): void {
  program
    .command('show')
    .description('show a backup, or everything about a restore')
    .argument('<backup>', 'id, or its prefix, of a snapshot, incremental, log run or restore record')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast show 0mb2c4f1a\n  $ holdfast show 0mb2c4f1a --json\n\n`holdfast restores` lists restores, `holdfast timeline TENANT` backups.',
    )
    .action(inSession(show));
  program
    .command('cat')
    .description('print a verified manifest as JSON')
    .argument('<manifest>', 'backup id or object key')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast cat 0mb2c4f1a | jq .body.tables\n  $ holdfast cat log/manifests/00000000016b3748-0mb2c4f1a.json',
    )
    .action(inSession(cat));
}

async function cat(session: Session, named: string): Promise<void> {
  const { key, sha256, header, content } = await findManifest(await session.deps(), named);
  const document = { key, sha256, header, body: content?.body ?? null };
  session.emit(document, () => `${JSON.stringify(document, null, 2)}\n`);
}

async function show(session: Session, named: string): Promise<void> {
  const found = await findManifest(await session.deps(), named);
  const { key, sha256, header, content } = found;
  session.emit({ key, sha256, header, summary: content === undefined ? null : summarize(content) }, () =>
    renderManifest(found, session),
  );
}

type Content = NonNullable<FoundManifest['content']>;

function summarize(content: Content): object {
  switch (content.kind) {
    case 'snapshot': {
      const { tenantId, read, base, reason, server, tables } = content.body;
      const listed = tables.map(table => ({
        table: table.table,
        rows: table.rows,
        bytes: table.bytes,
        chunks: chunksIn(table),
        checksum: table.checksum,
      }));
      return { tenantId, read, base, reason, server, tables: listed };
    }
    case 'incremental': {
      const { tenantId, runs, tables, changes, rawBytes, minCommitTime, maxCommitTime } = content.body;
      return { tenantId, runs: runs.length, tables, changes, rawBytes, minCommitTime, maxCommitTime };
    }
    case 'log': {
      const { transactions, changes, segments, markers, gaps, restores } = content.body;
      return { transactions, changes, tenants: segments.length, markers, gaps, restores };
    }
    case 'log-index': {
      const { index, shard, runs } = content.body;
      return { index, shard, runs: runs.length, segments: runs.reduce((sum, run) => sum + run.segments.length, 0) };
    }
    default:
      return content.body;
  }
}

const chunksIn = ({ pages }: SnapshotTable) => pages.reduce((sum, page) => sum + page.chunks, 0);

function renderManifest(found: FoundManifest, session: Session): string {
  const { header, content, key } = found;
  const { style } = session;
  const at = (time: string) => momentAgo(time, session.zone(), session.now());
  const stored = header.objects.reduce((total, object) => total + object.bytes, 0);
  const facts: [string, string][] = [
    ['kind', header.kind],
    ['from', `${header.from}  ${style.dim(at(header.fromTime))}`],
    ['to', `${header.to}  ${style.dim(at(header.toTime))}`],
    ['written', at(header.createdAt)],
    ['objects', `${plural(header.objects.length, 'object')}, ${size(stored)}`],
    ['previous', header.previous?.id ?? 'none'],
    ['object', key],
    ['signature', style.good('valid')],
  ];
  if (content === undefined) facts.push(['content', style.warn("cannot be opened: the owner's key was destroyed")]);
  return `${style.bold(header.id)}\n${renderFacts(facts, { style, columns: session.columns })}${content === undefined ? '' : `\n${renderContent(content, session)}`}`;
}

function renderContent(content: Content, session: Session): string {
  const { style } = session;
  if (content.kind === 'restore-record') return renderRecord(content.body, style, session.zone(), session.columns);
  if (content.kind === 'snapshot') {
    const { tables, tenantId, read, base, reason } = content.body;
    const rows = tables.map(table => [
      printable(table.table),
      count(table.rows),
      size(table.bytes),
      count(chunksIn(table)),
    ]);
    const sum = (value: (table: (typeof tables)[number]) => number) =>
      tables.reduce((total, table) => total + value(table), 0);
    const total = [
      plural(tables.length, 'table'),
      count(sum(table => table.rows)),
      size(sum(table => table.bytes)),
      count(sum(chunksIn)),
    ];
    const about = `Tenant ${printable(tenantId)}, ${read === 'full' ? 'full read' : `changes since ${base}`}, reason: ${printable(reason)}`;
    return `${about}\n${renderTable([{ head: 'table' }, { head: 'rows', right: true }, { head: 'size', right: true }, { head: 'chunks', right: true }], rows, { style, total, columns: session.columns })}`;
  }
  if (content.kind === 'incremental') {
    const rows = content.body.tables.map(table => [printable(table.table), count(table.upserts), count(table.deletes)]);
    return `Tenant ${printable(content.body.tenantId)}, compacted from ${plural(content.body.runs.length, 'run')}\n${renderTable([{ head: 'table' }, { head: 'upserts', right: true }, { head: 'deletes', right: true }], rows, { style, columns: session.columns })}`;
  }
  if (content.kind === 'log') {
    const { transactions, changes, segments, markers, gaps } = content.body;
    const extra = [
      ...(markers.length > 0 ? [plural(markers.length, 'marker')] : []),
      ...(gaps.length > 0 ? [plural(gaps.length, 'gap')] : []),
    ];
    return `${[plural(changes, 'change'), plural(transactions, 'transaction'), plural(segments.filter(segment => segment.tenant !== 'system').length, 'tenant'), ...extra].join(', ')}\n`;
  }
  if (content.kind === 'log-index') {
    const { shard, runs } = content.body;
    const segments = runs.flatMap(run => run.segments);
    const tenants = new Set(segments.map(segment => segment.tenant).filter(tenant => tenant !== 'system')).size;
    const which = `Shard ${shard.number + 1} of ${2 ** shard.bits}`;
    return `${which}: ${plural(runs.length, 'run')}, ${plural(segments.length, 'segment')}, ${plural(tenants, 'tenant')}\n`;
  }
  return `${JSON.stringify(content.body, null, 2)}\n`;
}
