/** `status-page`: a static page for customers, what people post on it, and texts about an incident. */
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { INCIDENT_STATES, type PostAsked, STATUS_COMPONENTS } from '../../lib/domain/status-page/status-post.ts';
import { siteFiles } from '../../lib/domain/status-page/status-site.ts';
import { AUDIENCES, type Audience, incidentTexts } from '../../lib/domain/status-page/status-templates.ts';
import { makeDirectory, replaceDurably } from '../../lib/local/durable-file.ts';
import { buildStatusPage } from '../../lib/operations/reporting/build-status-page.ts';
import { postStatus, type StoredPost } from '../../lib/operations/reporting/post-status.ts';
import { findIncident, listIncidents } from '../../lib/operations/reporting/status-posts.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderBuiltPage, renderIncidents, renderPosted, renderTexts } from '../terminal/status-page-text.ts';

export function registerStatusPage(program: Command): void {
  const page = program.command('status-page').description('a static status page for customers');
  page
    .command('build')
    .description('write index.html and status.json')
    .requiredOption('--out <dir>', 'folder; the files in it are replaced')
    .option('--title <text>', 'title of the page', 'Backup status')
    .addHelpText('after', BUILD_HELP)
    .action(inSession(build));
  page
    .command('post')
    .description('open an incident, or post an update of one')
    .addOption(new Option('--component <name>', 'what is affected').choices(STATUS_COMPONENTS))
    .addOption(new Option('--state <state>', 'how far it is').choices(INCIDENT_STATES).makeOptionMandatory())
    .requiredOption('--text <text>', 'what customers should know; names no tenant')
    .option('--incident <id>', 'update of this one (default: a new incident)')
    .addHelpText('after', POST_HELP)
    .action(inSession(post));
  page
    .command('list')
    .description('incidents, with their last update')
    .addHelpText('after', LIST_HELP)
    .action(inSession(list));
  page
    .command('templates')
    .description('texts about an incident, to complete and send')
    .argument('[incident]', 'id, or its beginning (default: the newest)')
    .addOption(new Option('--for <audience>', 'only for them').choices(AUDIENCES))
    .addHelpText('after', TEMPLATES_HELP)
    .action(inSession(templates));
}

const BUILD_HELP = `
Examples:
  $ holdfast status-page build --out /srv/status
  $ holdfast status-page build --out /srv/status --title 'Acme backups'

The page has no script and names no tenant. Publish the folder in a place that
does not depend on what it reports. Exit code 3 if a post does not verify.`;

const POST_HELP = `
Examples:
  $ holdfast status-page post --state investigating --component restores \\
      --text 'Restores are slow.'
  $ holdfast status-page post --incident 0mb --state resolved --text 'Done.'
  $ holdfast --profile prod status-page post --incident 0mb \\
      --state monitoring --text 'Restores are as fast as before.'

Posts are signed and cannot be changed or removed. The next build shows them.
Who posted is in the audit trail, not on the page.`;

const LIST_HELP = `
Examples:
  $ holdfast status-page list
  $ holdfast --profile prod status-page list

Exit code 3 if a post does not verify.`;

const TEMPLATES_HELP = `
Examples:
  $ holdfast status-page templates
  $ holdfast status-page templates 0mb --for customers

What only people know is in [BRACKETS].`;

async function build(session: Session, { out, title }: { readonly out: string; readonly title: string }) {
  await session.ready();
  const recordsFailures = session.deployed !== undefined;
  const { page, altered } = await buildStatusPage(await session.deps(), { title, recordsFailures });
  await makeDirectory(out);
  for (const { name, text } of siteFiles(page)) await replaceDurably(join(out, name), text, PUBLIC);
  session.emit({ folder: out, page, altered }, () => renderBuiltPage({ folder: out, page, altered }, session));
  if (altered.length > 0) session.exitWith(3);
}

/** A web server reads them. */
const PUBLIC = 0o644;

async function post(session: Session, { component, state, text, incident }: PostAsked): Promise<void> {
  const asked = { state, text, ...(component && { component }), ...(incident !== undefined && { incident }) };
  const stored = await posted(session, asked);
  session.emit(stored, () => renderPosted(stored, session));
}

async function posted(session: Session, asked: PostAsked): Promise<StoredPost> {
  if (session.remote) {
    const { sendPost } = await import('../../lib/runtime/post-call.ts');
    return sendPost(await session.remote.installation(), asked);
  }
  await session.config();
  const deps = { ...(await session.storage()), ...(await session.recording()) };
  return postStatus(deps, await session.principal(), asked);
}

async function list(session: Session): Promise<void> {
  await session.ready();
  const listed = await listIncidents(await session.deps());
  session.emit(listed, () => renderIncidents(listed, session));
  if (listed.altered.length > 0) session.exitWith(3);
}

async function templates(session: Session, id: string | undefined, options: { readonly for?: Audience }) {
  await session.ready();
  const { incidents } = await listIncidents(await session.deps());
  const incident = id === undefined ? incidents[0] : findIncident(incidents, id);
  if (incident === undefined)
    throw new InputError('unknown-incident', 'There is no incident.', {
      hint: 'Open one: `holdfast status-page post --component COMPONENT --state investigating --text TEXT`.',
    });
  const all = incidentTexts(incident);
  const texts = options.for === undefined ? all : { [options.for]: all[options.for] };
  session.emit({ incident: incident.id, ...texts }, () => renderTexts(texts, session));
}
