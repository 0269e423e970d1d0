/** Runs the command line in a terminal of its own, and types answers when their questions appear. */
import { spawnSync } from 'node:child_process';
import { inject } from 'vitest';
import type { CommandLine } from './command-line.ts';

/** Answers wait for their question in order; anything that was printed before it was answered is not looked at again. */
const TYPE = `
import json, os, pty, sys
answers = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
output, seen = b'', 0
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    output += part
    if answers and answers[0][0].encode() in output[seen:]:
        seen = len(output)
        os.write(terminal, answers.pop(0)[1].encode())
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(output)
sys.exit(code)
`;

export interface TerminalRun {
  readonly code: number | null;
  readonly output: string;
}

export function inTerminal(
  holdfast: CommandLine,
  answers: readonly (readonly [question: string, keys: string])[],
  ...args: string[]
): TerminalRun {
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', inject('commandLine'), ...args];
  const ran = spawnSync('python3', ['-c', TYPE, JSON.stringify(answers), ...command], {
    ...{ cwd: holdfast.directory, env: { ...holdfast.env, TERM: 'xterm', COLUMNS: '80' }, encoding: 'utf8' },
  });
  return { code: ran.status, output: ran.stdout };
}
