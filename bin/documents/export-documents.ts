/** JSON document of `holdfast export`. */
import { ExportProof } from '../../lib/domain/export-request.ts';
import { RequestResult } from '../../lib/domain/governed-request.ts';
import { RequestedDocument } from './hold-documents.ts';

export const ExportCommandDocument = RequestedDocument.extend({
  result: RequestResult.extend({ proof: ExportProof }).nullable(),
});
