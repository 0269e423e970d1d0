/** Whether a document that a command printed is what its published schema says: every field, and none that it lacks. */
import { deepStrictEqual } from 'node:assert/strict';
import { ErrorReport } from '../../lib/api/documents/fleet-documents.ts';
import { COMMAND_DOCUMENTS } from '../../lib/api/documents/json-schemas.ts';

/** On AWS these print the result of an execution, which has no schema. */
const EXECUTIONS = ['snapshot', 'verify'];
const SCHEMAS = new Map(Object.entries({ ...COMMAND_DOCUMENTS, error: ErrorReport }));

/** `args`: of the command line. Parsing drops fields that the schema lacks, so that they show as a difference. */
export function expectDescribed(args: readonly string[], document: unknown): void {
  const command = args.find(word => SCHEMAS.has(word));
  if (command === undefined || (args.includes('--profile') && EXECUTIONS.includes(command))) return;
  const read = SCHEMAS.get(command)!.safeParse(document);
  if (!read.success)
    throw new Error(
      `holdfast ${args.join(' ')} printed what docs/schemas/${command}.json does not allow: ${read.error}`,
    );
  deepStrictEqual(document, read.data, `docs/schemas/${command}.json lacks fields of holdfast ${args.join(' ')}`);
}
