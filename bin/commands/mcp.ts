/** `mcp`: the Model Context Protocol on standard input and output, for a model that a person works with. */
import type { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { inSession, type Session } from '../terminal/session.ts';

export function registerMcp(program: Command): void {
  program
    .command('mcp')
    .description('serve status, timelines and previews to a model (MCP over stdio)')
    .option('--rows', 'also offer the rows of transactions; each read is in the audit trail')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast mcp\n  $ claude mcp add holdfast -- holdfast --config /srv/holdfast.yaml mcp\n\nThe model acts as you, with your roles. It reads, and it may ask for a restore\nthat other people approve; it applies nothing. Without --rows it sees no row\nvalues. docs/mcp.md lists the tools.',
    )
    .action(inSession(serve));
}

async function serve(session: Session, { rows = false }: { readonly rows?: boolean }): Promise<void> {
  await session.ready();
  // Loaded on demand: no other command needs them.
  const { serveMcp } = await import('../mcp/serve-mcp.ts');
  await serveMcp(session, { rows, version: packageJson.version });
}
