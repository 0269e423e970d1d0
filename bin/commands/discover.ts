/** `discover`: writes the tenant model, with what was found, what is asked, and why. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { ModelTable } from '../../lib/domain/tenant-model.ts';
import { type Discovery, discoverModel } from '../../lib/operations/model/discover-model.ts';
import { formatModel, readModelFile, writeModelFile } from '../../lib/operations/model/model-file.ts';
import { plural, printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';
import { renderTable } from '../terminal/table.ts';

interface DiscoverOptions {
  readonly tenantTable?: string;
  readonly tenantColumn?: string;
  readonly print?: boolean;
  readonly fresh?: boolean;
}

export function registerDiscover(program: Command): void {
  program
    .command('discover')
    .description('find which tables belong to tenants and write the tenant model')
    .option('--tenant-table <table>', 'the table that lists the tenants, for example public.accounts')
    .option('--tenant-column <column>', 'the column that says whose row it is, for example account_id')
    .option('--fresh', 'begin anew instead of adding to the reviewed model')
    .option('--print', 'only show the model, write nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast discover\n  $ holdfast discover --tenant-table public.organizations --print\n\nAn existing model keeps every reviewed entry; only tables that it lacks are added.',
    )
    .action(inSession(discover));
}

async function discover(session: Session, options: DiscoverOptions): Promise<void> {
  const config = await session.config();
  const existing = !options.fresh && existsSync(config.model) ? await readModelFile(config.model) : undefined;
  const { tenantTable, tenantColumn } = options;
  const found = await discoverModel(config, {
    ...(tenantTable === undefined ? {} : { tenantTable }),
    ...(tenantColumn === undefined ? {} : { tenantColumn }),
    ...(existing === undefined ? {} : { existing }),
  });
  const text = formatModel(found.model);
  if (!options.print && (existing === undefined || found.added.length > 0))
    await writeModelFile(config.model, found.model);
  const document = {
    file: config.model,
    written: !options.print,
    model: found.model,
    added: found.added.map(table => table.table),
    questions: found.questions,
  };
  session.emit(document, () =>
    options.print ? text : renderDiscovery(found, config.model, existing !== undefined, session.style),
  );
}

const KINDS: readonly { kind: ModelTable['kind']; about: string }[] = [
  { kind: 'root', about: 'the tenant table' },
  { kind: 'direct', about: 'has the tenant column' },
  { kind: 'via', about: 'reached through a parent' },
  { kind: 'shared', about: 'of no tenant: not backed up' },
  { kind: 'excluded', about: 'left out on purpose' },
];

export function renderDiscovery(
  { model, added, questions }: Discovery,
  file: string,
  hadModel: boolean,
  style: Style,
): string {
  const sorted = KINDS.flatMap(({ kind }) => model.tables.filter(table => table.kind === kind));
  const fresh = new Set(hadModel ? added.map(table => table.table) : []);
  const rows = sorted.map(table => [
    `${printable(table.table)}${fresh.has(table.table) ? style.good(' new') : ''}`,
    paintKind(table.kind, style),
    style.dim(table.component),
    style.dim(printable(table.why ?? '', 90)),
  ]);
  const summary = KINDS.map(({ kind }) => ({ kind, count: model.tables.filter(table => table.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}`)
    .join(', ');
  const head = hadModel
    ? `${plural(added.length, 'new table')} added to the reviewed model: ${summary}.\n`
    : `${style.good('Found')} ${plural(model.tables.length, 'table')}: ${summary}.\n`;
  const table = renderTable([{ head: 'table' }, { head: 'kind' }, { head: 'component' }, { head: 'why' }], rows, {
    style,
  });
  const asked =
    questions.length === 0
      ? ''
      : `\n${style.warn(`${plural(questions.length, 'question')} for you`)}\n${questions.map(each => `  ${style.warn('?')} ${style.bold(printable(each.table))}: ${printable(each.question)}`).join('\n')}\n`;
  const next =
    questions.length === 0
      ? 'Review it and commit it, then:'
      : 'Answer each question in the file (correct the entry, or delete the question), then:';
  return `${head}\n${table}${asked}\nWritten to ${style.bold(file)}. ${next}\n  ${style.bold('holdfast doctor')}\n`;
}

function paintKind(kind: ModelTable['kind'], style: Style): string {
  if (kind === 'shared' || kind === 'excluded') return style.dim(kind);
  return kind === 'via' ? style.accent(kind) : style.good(kind);
}
