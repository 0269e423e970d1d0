/** The manual page is made from the program, and renders. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildProgram } from '../../../bin/program.ts';
import { commandFacts } from '../../../bin/terminal/command-facts.ts';
import { manualPage } from '../../../bin/terminal/man-page.ts';

const facts = commandFacts(buildProgram());
const page = manualPage(facts, '1.2.3');

it('has its sections, every command and every option', () => {
  expect(page).toMatch(/^\.TH HOLDFAST 1 "" "holdfast 1\.2\.3"/m);
  for (const section of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'GLOBAL OPTIONS', 'SET UP', 'RESTORE', 'FILES'])
    expect(page).toMatch(new RegExp(`^\\.SH ${section}$`, 'm'));
  for (const { path, options, commands } of facts) {
    if (path !== '' && commands.length === 0) expect(page).toContain(`.SS "holdfast ${path.replaceAll('-', '\\-')}`);
    for (const { flags } of options) expect(page).toContain(flags.at(-1)!.replaceAll('-', '\\-'));
  }
});

it('has no line that a formatter takes for a macro by mistake', () => {
  const macros = page.split('\n').filter(line => /^[.']/.test(line));
  expect(macros.filter(line => !/^\.(?:\\"|TH |SH |SS |TP$|PP$|nf$|fi$|I )/.test(line))).toEqual([]);
});

it('renders without a warning, where a formatter is installed', () => {
  const ran = spawnSync('groff', ['-K', 'utf8', '-man', '-Tutf8', '-ww'], { input: page, encoding: 'utf8' });
  if (ran.error) return;
  expect([ran.stderr, ran.status]).toEqual(['', 0]);
  expect(ran.stdout).toContain('holdfast diff 17');
});

it('is installed with the package', () => {
  const { man, files } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(man).toBe('dist/holdfast.1');
  expect(files).toContain('dist/');
});
