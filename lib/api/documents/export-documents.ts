/** JSON document of `holdfast export`. */
import * as z from 'zod';
import { ExportProof } from '../../domain/export-request.ts';
import { RequestResult } from '../../domain/governed-request.ts';
import { RequestedDocument } from './hold-documents.ts';

/** What was asked for; with `fetch` what was fetched. */
export const ExportCommandDocument = z.union([
  RequestedDocument.extend({ result: RequestResult.extend({ proof: ExportProof }).nullable() }),
  z.object({
    ...{ request: z.string(), tenant: z.string().describe('Its reference.') },
    directory: z.string().describe('Absolute path.'),
    proof: ExportProof,
  }),
]);
