/** `completion`: prints the completion script of a shell, made from the program itself. */
import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nExamples:\n  $ source <(holdfast completion bash)\n  $ holdfast completion bash > ~/.holdfast-completion\n  $ holdfast completion zsh > ~/.zfunc/_holdfast\n  $ holdfast completion fish > ~/.config/fish/completions/holdfast.fish',
    )
    .action(async (shell: Shell) => {
      process.stdout.write(await scriptOf(program, shell));
    });
}

/** Only the asked one is loaded. */
async function scriptOf(program: Command, shell: Shell): Promise<string> {
  const { commandFacts } = await import('../terminal/command-facts.ts');
  const facts = commandFacts(program);
  if (shell === 'bash') return (await import('../terminal/completion-bash.ts')).bashCompletion(facts);
  if (shell === 'zsh') return (await import('../terminal/completion-zsh.ts')).zshCompletion(facts);
  return (await import('../terminal/completion-fish.ts')).fishCompletion(facts);
}
