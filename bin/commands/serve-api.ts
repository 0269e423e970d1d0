/** `serve-api`: the API for tokens of the application's issuer, on loopback behind the team's own proxy. */
import type { Command } from 'commander';
import { inSession, type Session } from '../terminal/session.ts';
import { port } from './console.ts';

export function registerServeApi(program: Command): void {
  program
    .command('serve-api')
    .description('serve the API to tenants and people with tokens of your issuer')
    .option('--port <n>', 'listen on this port of 127.0.0.1', port, 4690)
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast serve-api\n  $ holdfast serve-api --port 4690\n\nListens on 127.0.0.1 only: a proxy of yours ends TLS and passes /api and\n/component. `api` in holdfast.yaml names the issuers, the sites that may call,\nand what a tenant may ask for in a day (docs/self-service.md). Stop it with\nCtrl-C; work that it began is finished first.',
    )
    .action(inSession(serve));
}

async function serve(session: Session, asked: { readonly port: number }): Promise<void> {
  await session.ready();
  // Loaded on demand: no other command needs a server.
  const { serveApi } = await import('../console/serve-api.ts');
  await serveApi(session, asked);
}
