/** JSON documents of `holdfast export`. */
import * as z from 'zod';
import { ExportProof } from '../../lib/domain/export-request.ts';
import { RequestResult } from '../../lib/domain/governed-request.ts';
import { RequestedDocument } from './hold-documents.ts';

export const ExportCommandDocument = RequestedDocument.extend({
  result: RequestResult.extend({ proof: ExportProof }).nullable(),
});

export const FetchedExportDocument = z.object({
  ...{ request: z.string(), tenant: z.string().describe('Its reference.') },
  directory: z.string().describe('Absolute path.'),
  proof: ExportProof,
});
