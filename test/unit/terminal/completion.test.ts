/** Shell completion is made from the program: the bash script is loaded by bash, and completes what the program has. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../../bin/program.ts';
import { commandFacts } from '../../../bin/terminal/command-facts.ts';
import { bashCompletion } from '../../../bin/terminal/completion-bash.ts';
import { fishCompletion } from '../../../bin/terminal/completion-fish.ts';
import { zshCompletion } from '../../../bin/terminal/completion-zsh.ts';

const facts = commandFacts(buildProgram());
const names = facts.filter(({ path }) => path !== '' && !path.includes(' ')).map(({ path }) => path);

describe('the bash completion', () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-completion-'));
  const script = join(directory, 'holdfast.bash');
  beforeAll(() => {
    writeFileSync(script, bashCompletion(facts));
    writeFileSync(join(directory, 'plan.json'), '');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** The completions of the last word, as bash finds them. */
  function complete(...words: string[]): string[] {
    const line = ['holdfast', ...words].map(word => `'${word}'`).join(' ');
    const call = `source '${script}'; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ran = spawnSync('bash', ['--norc', '-uc', call], { cwd: directory, encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    return ran.stdout.split('\n').filter(word => word !== '');
  }

  it('completes commands, also after options with values', () => {
    expect(complete('').sort()).toEqual([...names].sort());
    expect(complete('res')).toEqual(names.filter(name => name.startsWith('res')));
    expect(complete('--profile', 'restore', 'time')).toEqual(['timeline']);
    expect(complete('catalog', '')).toEqual(['rebuild']);
  });

  it('completes the options of the command, and the global ones', () => {
    const options = complete('restore', '17', '--');
    expect(options).toEqual(expect.arrayContaining(['--to', '--side-by-side', '--yes', '--json', '--help']));
    expect(options).not.toContain('--problems');
    expect(options).not.toContain('--here');
    expect(complete('status', '--pro')).toEqual(['--problems', '--profile']);
  });

  it('completes choices and files, separate or after an equals sign', () => {
    expect(complete('restore', '17', '--mode', 'miss')).toEqual(['missing-only']);
    expect(complete('restore', '17', '--mode', '=', 'ex')).toEqual(['exact']);
    expect(complete('diff', '17', '--component', '')).toContain('audit');
    expect(complete('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(complete('restore', '--plan', 'pl')).toEqual(['plan.json']);
  });

  it('proposes nothing for a value that only a person knows', () => {
    expect(complete('restore', '17', '--to', '')).toEqual([]);
  });
});

describe.each([
  ['bash', bashCompletion(facts), ['-n']],
  ['zsh', zshCompletion(facts), ['-n']],
  ['fish', fishCompletion(facts), ['--no-execute']],
] as const)('the %s completion', (shell, script, check) => {
  it('has every command and every option', () => {
    for (const { path, options } of facts) {
      expect(script).toContain(path.split(' ').at(-1));
      for (const { flags } of options) expect(script).toContain(flags.at(-1)!.replace(/^--/, ''));
    }
  });

  it('is a script that the shell accepts, where it is installed', () => {
    const ran = spawnSync(shell, [...check], { input: script, encoding: 'utf8' });
    if (ran.error) return;
    expect([ran.stderr, ran.status]).toEqual(['', 0]);
  });
});
