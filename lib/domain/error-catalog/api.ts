/** Errors of the HTTP API and of the console that uses it. */
import { errorsOf } from '../error-kind.ts';

const { operator, never, depends } = errorsOf('input');

export const API = {
  'bad-cursor': operator('A cursor is not one that the API gave.', 'Ask for the first page, without a cursor.'),
  'config-not-editable': operator(
    'The change cannot be made in the configuration file as it is written.',
    'Edit the file itself; `holdfast init --print` shows every field.',
  ),
  'console-not-built': operator(
    'The pages of the console are not there.',
    'In a checkout, run `npm run build` once; the published package has them.',
  ),
  'key-reused': errorsOf('conflict').operator(
    'An idempotency key was used for another request.',
    'Use a new key for each request.',
  ),
  'no-such-route': operator('The API has no such route.', 'See /api/openapi.json.'),
  'not-signed-in': operator('The request is of nobody who has signed in.', 'Sign in again.'),
  'other-origin': never('A page of another origin called the API.', 'Open the console itself.'),
  'port-in-use': operator(
    'The console or the metrics cannot be served on this port.',
    'Choose another with --port, or --metrics-port of the metrics.',
  ),
  'request-too-large': operator('The request is larger than the API takes (1 MiB).', 'Send less at once.'),
  'secret-in-patch': operator(
    'The patch would show a line that may contain a password.',
    'Edit the file itself, and put the secret into an environment variable.',
  ),
  'too-many-requests': depends('The caller sends too much at once.', 'Wait a second, and send fewer at once.'),
  'unknown-execution': operator(
    'No work with this id is known.',
    'It may have ended before the server was started: what it did is in the records.',
  ),
} as const;
