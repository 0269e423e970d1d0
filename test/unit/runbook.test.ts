/** Every notified code and every alarm leads to a runbook page that says what to do. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NOTICE_PAGES, runbookPage } from '../../lib/domain/runbook.ts';
import { commandsIn, refusal } from '../support/quoted-commands.ts';

const ROOT = join(import.meta.dirname, '../..');
const RUNBOOK = join(ROOT, 'docs/runbook');
/** Procedures that a person begins without having been told by Holdfast. */
const PROCEDURES = ['region-lost'];
/** Where the code of a notice is not written out: those of integrity errors, the kinds in record-failure, and any that is passed on. */
const COMPUTED: Readonly<Record<string, string>> = {
  'lib/operations/verify/record-verification.ts': 'error.code',
  'lib/operations/snapshot/compare-with-log.ts': 'error.code',
  'lib/operations/record-failure.ts': 'kind',
  'lib/operations/drills/game-day.ts': 'none',
  'lib/runtime/deliver-message.ts': 'none',
};

const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const notices = globSync(['lib/**/*.ts', 'lambdas/*.ts'], { cwd: ROOT }).flatMap(file =>
  text(file)
    .split('notifier.notify(')
    .slice(1)
    .map(call => ({ file, code: /\bcode: ([^,\n]+),/.exec(call)?.[1] ?? 'none' })),
);
const pages = readdirSync(RUNBOOK).filter(name => name.endsWith('.md') && name !== 'README.md');
const alarmPages = globSync('lib/infra/{constructs/*alarms,stacks/{watch,status-page}-stack}.ts', {
  cwd: ROOT,
}).flatMap(file => [...text(file).matchAll(/'([a-z-]+)'/g)].map(match => match[1]!));
/** Commands that work on the machine with the configuration file, and on AWS not at all. */
const LOCAL = ['doctor', 'discover', 'init', 'destroy', 'failover'];
/** Commands that work in both places: the page says where. */
const ANYWHERE = ['requests', 'hold', 'drill', 'archive'];
/** Commands that on AWS reach the database from the machine of the caller. */
const ONLY_DIRECT = ['ship', 'mark', 'erase'];

describe('the runbook', () => {
  it('has a page for every notified code', () => {
    expect(notices.length).toBeGreaterThan(8);
    for (const { file, code } of notices) {
      const literal = /^'([a-z-]+)'$/.exec(code)?.[1];
      if (literal === undefined) expect(COMPUTED[file], `${file}: ${code}`).toBe(code);
      else expect(Object.keys(NOTICE_PAGES), file).toContain(literal);
    }
    const kinds = /FAILURES = \{([^}]+)\}/.exec(text('lambdas/record-failure.ts'))![1]!;
    for (const [, kind] of kinds.matchAll(/'([a-z-]+)':/g)) expect(Object.keys(NOTICE_PAGES)).toContain(kind);
  });

  it('leads every other code, which is one of failed verification, to the page about that', () => {
    expect(runbookPage('object-altered')).toBe('integrity-failed');
    expect(runbookPage('log-mismatch')).toBe('integrity-failed');
  });

  it('has the pages that notices link to', () => {
    for (const page of Object.values(NOTICE_PAGES)) expect(existsSync(join(RUNBOOK, `${page}.md`)), page).toBe(true);
  });

  it('has no unreferenced page, and lists every page', () => {
    const led = new Set([...Object.values(NOTICE_PAGES), ...alarmPages, ...PROCEDURES]);
    expect(pages.filter(page => !led.has(page.replace('.md', '')))).toEqual([]);
    for (const page of pages) expect(text('docs/runbook/README.md'), page).toContain(`(${page})`);
  });

  it.each(pages)('%s states what it means, what to do and when it is resolved', page => {
    const said = text(`docs/runbook/${page}`);
    for (const heading of ['## What it means', '## What to do', '## It closes when']) expect(said).toContain(heading);
    for (const [, link] of said.matchAll(/\]\(([^)#:]+\.(?:md|ts))/g))
      expect(existsSync(join(RUNBOOK, link!)), `${page} → ${link}`).toBe(true);
  });

  it.each(pages)('%s names commands that exist, and that work with a profile', async page => {
    const wrong: string[] = [];
    for (const command of commandsIn(text(`docs/runbook/${page}`))) {
      const whole = command.replaceAll('…', '').replace(/ +$/, '');
      const why = /--to$/.test(whole) ? undefined : await refusal(whole);
      if (why !== undefined) wrong.push(`${command}: ${why}`);
      const isRemote = command.startsWith('--profile ');
      const named = command.replace(/^(?:--(?:profile|region) \S+ |--direct )+/, '').split(' ')[0]!;
      // On AWS the doctor examines, and changes nothing.
      const examines = named === 'doctor' && !/ --(fix|sql)/.test(command);
      if (!examines && !ANYWHERE.includes(named) && isRemote === LOCAL.includes(named))
        wrong.push(`${command}: ${isRemote ? 'not on AWS' : 'without a profile'}`);
      if (ONLY_DIRECT.includes(named) && !command.includes(' --direct ')) wrong.push(`${command}: needs --direct`);
    }
    expect(wrong).toEqual([]);
  });
});
