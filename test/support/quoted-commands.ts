/**
 * Commands quoted in a text, and whether the command line accepts them: parsed by the program itself, with actions that
 * do nothing.
 */
import type { Command } from 'commander';
import { buildProgram } from '../../bin/program.ts';

/**
 * In indented and fenced blocks, a line that begins with the command, without the text beside it; in a line of text, a
 * code span.
 */
export function commandsIn(text: string): string[] {
  const lines = text.matchAll(/^ *(?:\$ )?(?:npx )?holdfast (?=[a-z-])([^\n]+)$/gm);
  const spans = text.matchAll(/`(?:npx )?holdfast (?=[a-z-])([^`]+)`/g);
  return [...lines, ...spans]
    .sort((a, b) => a.index - b.index)
    .map(match =>
      match[1]!
        .replace(/ {3,}.*$| (#|\||>).*$/, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    );
}

/** Why the command line would reject it. */
export async function refusal(command: string): Promise<string | undefined> {
  const program = buildProgram();
  for (const each of leavesOf(program)) each.action(() => {});
  try {
    await program.parseAsync(wordsOf(command), { from: 'user' });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replaceAll(/['"]/g, ''));
}
