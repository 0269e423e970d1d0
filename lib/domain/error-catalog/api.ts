/** Errors of the HTTP API and of the console that uses it. */
import { errorsOf } from '../error-kind.ts';

const { operator, never, depends } = errorsOf('input');

export const API = {
  'approval-not-required': operator(
    'A program asked for a restore that nobody would have to approve.',
    'Let a person restore it, or let `approvals` of the configuration ask for an approval.',
  ),
  'bad-cursor': operator('A cursor is not one that the API gave.', 'Ask for the first page, without a cursor.'),
  'config-not-editable': operator(
    'The change cannot be made in the configuration file as it is written.',
    'Edit the file itself; `holdfast init --print` shows every field.',
  ),
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
  'route-not-on-aws': never(
    'The API of an installation on AWS does not answer this.',
    'Use the command line, with --profile; its --help lists the commands.',
  ),
  'not-signed-in': operator('The request is of nobody who has signed in.', 'Sign in again.'),
  'other-origin': never('A page of another origin called the API.', 'Open the console itself.'),
  'preview-of-another': operator(
    'Another person made the preview whose restore is asked for.',
    'Make a preview of your own, or let that person ask for the restore.',
  ),
  'quota-used': never(
    'The tenant asked for as much as it may in one day.',
    'Ask again tomorrow, or ask the operators.',
  ),
  'request-too-large': operator('The request is larger than the API takes (1 MiB).', 'Send less at once.'),
  'secret-in-patch': operator(
    'The patch would show a line that may contain a password.',
    'Edit the file itself, and put the secret into an environment variable.',
  ),
  'too-many-requests': depends('The caller sends too much at once.', 'Wait a second, and send fewer at once.'),
  'unknown-evidence': operator(
    'No files of an evidence bundle with this id are kept.',
    'A bundle of the command line is where it was written; make it again to keep its files.',
  ),
  'unknown-execution': operator(
    'No work with this id is known.',
    'It may have ended before the server was started: what it did is in the records.',
  ),
  'unknown-preview': operator('The tenant has no preview with this id.', 'Make a new preview.'),
} as const;
