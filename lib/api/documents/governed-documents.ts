/** JSON documents of requests for whoever decides on them, and of the records of restores. */
import * as z from 'zod';
import { REQUEST_STATES } from '../../domain/governed-request.ts';
import { RestoreRecord } from '../../domain/restore-record.ts';
import { REQUEST_STEPS } from '../../operations/governance/possible-steps.ts';
import { NextPage } from '../paging.ts';
import { RequestShown } from './request-documents.ts';
import { RestoresDocument } from './restore-documents.ts';

const Possible = z.object({ may: z.boolean(), why: z.string().nullable().describe('Why not.') });

/** On AWS the execution of a restore can fail, and ends there: a new preview is needed. */
export const API_REQUEST_STATES = [...REQUEST_STATES, 'failed'] as const;

/** A request with what the caller can do about it. */
export const RequestOpened = RequestShown.extend({
  state: z.enum(API_REQUEST_STATES),
  name: z.string().nullable().describe('What people call the tenant, or its id. Null: it is not known any more.'),
  from: z.array(z.string()).describe('Roles whose approval counts.'),
  preview: z.string().nullable().describe('Id of the preview that a restore applies.'),
  previewHash: z.string().nullable().describe('Hash of that preview, which the plan names.'),
  restore: z.string().nullable().describe('Id of the restore that it became.'),
  execution: z.string().nullable().describe('On AWS: its execution, which whoever asked can follow.'),
  isOwn: z.boolean().describe('The caller made the request.'),
  steps: z.object(Object.fromEntries(REQUEST_STEPS.map(step => [step, Possible])) as StepShapes),
});
type StepShapes = Record<(typeof REQUEST_STEPS)[number], typeof Possible>;

export const RequestPage = z.object({
  requests: z.array(RequestOpened).describe('On the first page those that are open come first, the oldest first.'),
  next: NextPage,
});

export const RestorePage = z.object({ restores: RestoresDocument.shape.restores, next: NextPage });

export const RestoreOpened = z.object({
  summary: RestoresDocument.shape.restores.element,
  record: RestoreRecord.nullable().describe('As it was signed. Null: there is none yet, or nothing of it can be read.'),
  signed: z.object({ key: z.string(), sha256: z.string() }).nullable().describe('Where the signed record is.'),
  canUndo: z.boolean(),
});
