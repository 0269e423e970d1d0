/** The part of holdfast.yaml about messages: to which webhooks, and where their secrets are. The file contains none of them. */
import * as z from 'zod';
import { SINK_KINDS, SinkName, SUBJECTS } from './chat-message.ts';

const Variable = z.string().regex(/^\w+$/, 'expected the name of an environment variable');
const File = z.string().min(1, 'expected a path, relative to this file');

/** Of a sink, wherever its secrets are. */
export const SINK_MEMBERS = {
  name: SinkName,
  kind: z
    .enum(SINK_KINDS)
    .describe('`slack` and `teams`: incoming webhooks. `signed`: JSON for a program, with an HMAC-SHA-256 signature.'),
  sends: z
    .array(z.enum(SUBJECTS))
    .min(1)
    .default(['approvals', 'alarms'])
    .describe('`approvals`: what waits for a decision. `alarms`. `notes`: every other notice.'),
};

export const ConfiguredSink = z
  .strictObject({
    name: SINK_MEMBERS.name,
    kind: SINK_MEMBERS.kind,
    urlVariable: Variable.optional().describe('Environment variable with the URL, which is a secret.'),
    urlFile: File.optional().describe('File with the URL, instead of a variable.'),
    keyVariable: Variable.optional().describe('Of `signed`: environment variable with the key.'),
    keyFile: File.optional().describe('File with the key, instead of a variable.'),
    sends: SINK_MEMBERS.sends,
  })
  .refine(({ urlVariable, urlFile }) => (urlVariable === undefined) !== (urlFile === undefined), {
    error: 'expected one of urlVariable and urlFile',
  })
  .refine(
    ({ kind, keyVariable, keyFile }) => (kind === 'signed') === (keyVariable !== undefined || keyFile !== undefined),
    {
      error: 'expected keyVariable or keyFile for the kind `signed`, and for no other',
    },
  );
export type ConfiguredSink = z.infer<typeof ConfiguredSink>;
