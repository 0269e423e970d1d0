/** `discover`: writes the tenant model with its reasons and open questions, and applies answers. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { HoldfastError, InputError } from '../../lib/domain/errors.ts';
import {
  type Discovery,
  type DiscoverOptions as Options,
  proposeModel,
  type Survey,
  surveyDatabase,
} from '../../lib/operations/model/discover-model.ts';
import { formatModel, readModelFile, writeModelFile } from '../../lib/operations/model/model-file.ts';
import { askQuestions, askTenant, type Conversation } from '../terminal/ask-questions.ts';
import { renderDiscovery } from '../terminal/discovery-text.ts';
import { inSession, type Session } from '../terminal/session.ts';

interface DiscoverOptions {
  readonly tenantTable?: string;
  readonly tenantColumn?: string;
  readonly answer?: readonly string[];
  readonly interactive?: boolean;
  readonly print?: boolean;
  readonly fresh?: boolean;
}

export function registerDiscover(program: Command): void {
  program
    .command('discover')
    .description('find tenant tables and write the tenant model')
    .option('--tenant-table <table>', 'the table that lists the tenants, for example public.accounts')
    .option('--tenant-column <column>', 'the column that holds the tenant id, for example account_id')
    .option(
      '--answer <pattern=answer>',
      'answer all questions that match a pattern; * matches anything (may be repeated)',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('-i, --interactive', 'ask the open questions in the terminal')
    .option('--fresh', 'start over instead of adding to the reviewed model')
    .option('--print', 'print the model without writing it')
    .addHelpText(
      'after',
      `\nExamples:\n  $ holdfast discover\n  $ holdfast discover --interactive\n  $ holdfast discover --answer 'polymorphic:*=excluded' \\\n      --answer 'path:author_id|post_id=post_id'\n  $ holdfast discover --tenant-table public.organizations --print\n\nAn existing model keeps every reviewed entry; missing tables are added, and open\nquestions are evaluated again.`,
    )
    .action(inSession(discover));
}

async function discover(session: Session, options: DiscoverOptions): Promise<void> {
  const config = await session.config();
  if (options.interactive && (!session.interactive || session.json)) {
    throw new InputError('needs-terminal', '--interactive requires a terminal.', {
      hint: "Run discover without --interactive, then answer with --answer 'PATTERN=ANSWER' or in the model file.",
    });
  }
  const existing = !options.fresh && existsSync(config.model) ? await readModelFile(config.model) : undefined;
  const { tenantTable, tenantColumn } = options;
  const given: Options = {
    ...(tenantTable === undefined ? {} : { tenantTable }),
    ...(tenantColumn === undefined ? {} : { tenantColumn }),
    ...(existing === undefined ? {} : { existing }),
    answers: parseAnswers(options.answer ?? []),
  };
  const found = options.interactive
    ? await converse(session, config, given)
    : proposeModel(await surveyDatabase(config, given), given);
  const changed = existing === undefined || found.added.length > 0 || Object.keys(found.model.answers ?? {}).length > 0;
  if (!options.print && changed) await writeModelFile(config.model, found.model);
  const document = {
    file: config.model,
    written: !options.print,
    model: found.model,
    added: found.added.map(table => table.table),
    questions: found.questions,
    quality: found.quality,
  };
  session.emit(document, () =>
    options.print
      ? formatModel(found.model)
      : renderDiscovery(found, config.model, existing !== undefined, session.style, session.columns),
  );
}

function parseAnswers(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map(each => {
      const at = each.lastIndexOf('=');
      if (at > 0 && at < each.length - 1) return [each.slice(0, at), each.slice(at + 1)];
      throw new InputError('bad-answer', `--answer ${each} is not of the form PATTERN=ANSWER.`, {
        hint: "For example: --answer 'polymorphic:record_type,record_id=excluded'",
      });
    }),
  );
}

/** Surveys the database once (twice if it must first ask for the tenant table), then classifies after each answer. */
async function converse(
  session: Session,
  source: Parameters<typeof surveyDatabase>[0],
  given: Options,
): Promise<Discovery> {
  const conversation: Conversation = {
    ...{ style: session.style, columns: session.columns },
    say: text => session.remark(text.trimEnd()),
    ask: prompt => session.ask(prompt),
  };
  const { survey, options } = await surveyed(source, given, conversation);
  const propose = (answers: Readonly<Record<string, string>>) =>
    proposeModel(survey, { ...options, answers: { ...options.answers, ...answers } });
  const { answers, stopped } = await askQuestions(conversation, answers => propose(answers).questions);
  if (stopped) session.remark('Stopped. The answers so far are saved.');
  return propose(answers);
}

async function surveyed(
  source: Parameters<typeof surveyDatabase>[0],
  options: Options,
  conversation: Conversation,
): Promise<{ survey: Survey; options: Options }> {
  try {
    return { survey: await surveyDatabase(source, options), options };
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'tenant-table-unclear') throw error;
    const tenantTable = await askTenant(conversation, error.message, error.details.candidates as string[]);
    if (tenantTable === undefined) {
      throw new InputError('not-confirmed', 'Nothing was written.', { hint: error.hint });
    }
    const known = { ...options, tenantTable };
    return { survey: await surveyDatabase(source, known), options: known };
  }
}
