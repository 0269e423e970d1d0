/** `console`: serves the console and its API to this machine's browser alone. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { inSession, type Session } from '../terminal/session.ts';

interface ConsoleOptions {
  readonly port: number;
  readonly open: boolean;
}

export function registerConsole(program: Command): void {
  program
    .command('console')
    .description('open the console in the browser of this machine')
    .option('--port <n>', 'listen on this port of 127.0.0.1 (default: a free one)', port, 0)
    .option('--no-open', 'print the link and open no browser')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast console\n  $ holdfast console --port 4680 --no-open\n\nListens on 127.0.0.1 only. The printed link is good once: whoever opens it\nacts as you, with your roles. The API is below /api; /api/openapi.json\ndescribes it. Stop it with Ctrl-C; work that it began is finished first.',
    )
    .action(inSession(serve));
}

/** InvalidArgumentError for what is none. */
export function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('Must be a port from 0 to 65535.');
  return value;
}

async function serve(session: Session, { port: asked, open }: ConsoleOptions): Promise<void> {
  await session.ready();
  // Loaded on demand: no other command needs a server.
  const { serveConsole } = await import('../console/serve-console.ts');
  await serveConsole(session, { port: asked, open: open && session.interactive && !session.json });
}
