/** Errors of the HTTP API and of the console that uses it. */
import { errorsOf } from '../error-kind.ts';

const { operator, never, depends } = errorsOf('input');

export const API = {
  'bad-cursor': operator('A cursor is not one that the API gave.', 'Ask for the first page, without a cursor.'),
  'console-not-built': operator(
    'The pages of the console are not there.',
    'In a checkout, run `npm run build` once; the published package has them.',
  ),
  'issuer-unreachable': errorsOf('storage').auto(
    'The keys of the issuer of a token cannot be read.',
    'Wait until the issuer answers again. `holdfast serve-api` needs to reach its discovery document and its keys.',
  ),
  'key-reused': errorsOf('conflict').operator(
    'An idempotency key was used for another request.',
    'Use a new key for each request.',
  ),
  'no-such-route': operator('The API has no such route.', 'See /api/openapi.json.'),
  'not-on-aws': never(
    'The API of an installation on AWS does not answer this.',
    'Use the command line: `holdfast --profile PROFILE --help` lists its commands.',
  ),
  'not-signed-in': operator('The request is of nobody who has signed in.', 'Sign in again.'),
  'other-origin': never('A page of another origin called the API.', 'Open the console itself.'),
  'port-in-use': operator('The port is used by another program.', 'Choose another with --port, or leave it out.'),
  'request-too-large': operator('The request is larger than the API takes (1 MiB).', 'Send less at once.'),
  'too-many-requests': depends('The caller sends too much at once.', 'Wait a second, and send fewer at once.'),
  'unknown-execution': operator(
    'No work with this id is known.',
    'It may have ended before the server was started: what it did is in the records.',
  ),
} as const;
