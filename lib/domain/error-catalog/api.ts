/** Errors of the HTTP API and of the console that uses it. */
import { errorsOf } from '../error-kind.ts';

const { operator, never, depends } = errorsOf('input');

export const API = {
  'approval-not-required': operator(
    'A program asked for a restore that nobody would have to approve.',
    'Let a person restore it, or let `approvals` of the configuration ask for an approval.',
  ),
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
  'no-issuer': operator(
    'The API for tokens has no issuer to trust.',
    'Name one in `api.issuers` of the configuration (docs/self-service.md).',
  ),
  'no-own-tenant': never(
    'The caller is not the administrator of exactly one tenant.',
    'Self-service is for administrators of a tenant; others use the pages of the tenant.',
  ),
  'no-such-route': operator('The API has no such route.', 'See /api/openapi.json.'),
  'not-on-aws': never(
    'The API of an installation on AWS does not answer this.',
    'Use the command line: `holdfast --profile PROFILE --help` lists its commands.',
  ),
  'not-signed-in': operator('The request is of nobody who has signed in.', 'Sign in again.'),
  'other-origin': never('A page of another origin called the API.', 'Open the console itself.'),
  'preview-outdated': errorsOf('conflict').operator(
    'The kept difference is not the one whose hash was given.',
    'Preview it again, and ask for that.',
  ),
  'quota-used': never(
    'The tenant asked for as much as it may in one day.',
    'Ask again tomorrow, or ask the operators.',
  ),
  'request-too-large': operator('The request is larger than the API takes (1 MiB).', 'Send less at once.'),
  'too-many-requests': depends('The caller sends too much at once.', 'Wait a second, and send fewer at once.'),
  'unknown-execution': operator(
    'No work with this id is known.',
    'It may have ended before the server was started: what it did is in the records.',
  ),
} as const;
