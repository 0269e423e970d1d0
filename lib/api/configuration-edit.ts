/**
 * What people change of the configuration, and the patch for the team's repository that it becomes. The file stays the
 * truth: nothing is written. Invariants: the edited text is read by the schema that reads the file, and gives exactly the
 * edited settings and no other change; no line that may hold a secret is shown.
 */
import * as z from 'zod';
import { ConfiguredApproval } from '../domain/approval-rule.ts';
import type { ConfigFile } from '../domain/config-file.ts';
import { DrillSettings } from '../domain/drill-settings.ts';
import { InputError } from '../domain/errors.ts';
import { ConfiguredSink } from '../domain/message-settings.ts';
import { Settings } from '../domain/settings.ts';
import { mayHoldSecret } from '../domain/shown-configuration.ts';
import { unifiedDiff } from '../domain/unified-diff.ts';

/** The file as it is, and how it is read and edited. */
export interface ConfigurationFile {
  /** Without its directory. */
  readonly name: string;
  readonly text: string;
  /** InputError `bad-config`. */
  readonly parse: (text: string) => ConfigFile;
  /** InputError `config-not-editable`. */
  readonly edit: (text: string, edits: readonly { path: readonly string[]; value: unknown }[]) => string;
}

const Keep = Settings.shape.keep.unwrap();
/** URLs can carry secrets: those of drills are edited in the file. */
const Drills = DrillSettings.omit({ scratch: true, acceptanceHook: true });

/** Said as a member that can be absent, so that the document of the API says it too. */
export const ApprovalEdit = ConfiguredApproval.extend({
  tenants: ConfiguredApproval.shape.tenants.unwrap().optional(),
});

/** Fields that are absent stay as they are; null takes a field out, so that its default holds. */
export const ConfigurationEdit = z.strictObject({
  keep: withNulls(Keep.omit({ reasons: true }).shape)
    .optional()
    .describe('Retention in days.'),
  keepReasons: withNulls(Keep.shape.reasons.unwrap().shape).optional().describe('Days, by the reason of a snapshot.'),
  approvals: z.array(ApprovalEdit).max(100).nullable().optional().describe('All of them, in place of those before.'),
  messages: z.array(ConfiguredSink).max(50).nullable().optional().describe('All of them, in place of those before.'),
  drills: withNulls(Drills.shape).optional(),
});
export type ConfigurationEdit = z.input<typeof ConfigurationEdit>;

/** Each field without its default: absent, null or a value. */
function withNulls<S extends Readonly<Record<string, z.ZodType>>>(shape: S) {
  const bare = (schema: z.ZodType): z.ZodType =>
    schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? bare(schema.unwrap() as z.ZodType) : schema;
  return z.strictObject(
    Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, bare(schema).nullable().optional()])),
  );
}

/** Where in the file the parts of an edit stand. */
const PLACES = {
  keep: ['settings', 'keep'],
  keepReasons: ['settings', 'keep', 'reasons'],
  drills: ['drills'],
} as const;
const LISTS = ['approvals', 'messages'] as const;

export interface ConfigurationPatch {
  /** Unified diff; empty where nothing changes. */
  readonly patch: string;
  /** Paths of what changes, such as `settings.keep.dailyDays`. */
  readonly changed: readonly string[];
}

/** InputError `bad-config` names the fields; `config-not-editable`, `secret-in-patch`. */
export function patchConfiguration(
  file: ConfigurationFile,
  edit: z.output<typeof ConfigurationEdit>,
): ConfigurationPatch {
  const before = file.parse(file.text);
  const edits = editsOf(edit).filter(each => !isSame(valueAt(before, each.path), each.value));
  const text = edits.length === 0 ? file.text : file.edit(file.text, edits.map(writtenEdit));
  const after = file.parse(text);
  requireOnly(before, after, edits);
  const patch = unifiedDiff({ name: file.name, before: file.text, after: text, isHidden: mayHoldSecret });
  if (patch === undefined)
    throw new InputError('secret-in-patch', 'The patch would show a line that may contain a password.', {
      hint: 'Edit the file itself, and put the secret into an environment variable.',
    });
  const changed = edits.filter(({ path }) => !isSame(valueAt(before, path), valueAt(after, path)));
  return { patch, changed: changed.map(({ path }) => path.join('.')) };
}

interface Edit {
  readonly path: readonly string[];
  readonly value: unknown;
}

function editsOf(edit: z.output<typeof ConfigurationEdit>): Edit[] {
  const fields = Object.entries(PLACES).flatMap(([part, place]) =>
    Object.entries((edit[part as keyof typeof PLACES] ?? {}) as Record<string, unknown>).flatMap(([name, value]) =>
      value === undefined ? [] : [{ path: [...place, name], value: value ?? undefined }],
    ),
  );
  const lists = LISTS.flatMap(name => {
    const value = edit[name];
    return value === undefined ? [] : [{ path: [name], value: value ?? undefined }];
  });
  return [...fields, ...lists];
}

/** Members that say which entry it is come first; those with their default are left out. */
const FIRST = ['action', 'tenants', 'name', 'kind'];
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  approvals: ConfiguredApproval.parse({ action: 'restore', approvals: 0 }),
  messages: ConfiguredSink.parse({ name: 'any', kind: 'email', to: ['any@example.com'] }),
};

/** As a person would write it. */
function writtenEdit({ path, value }: Edit): Edit {
  const {
    action: _action,
    approvals: _approvals,
    name: _name,
    kind: _kind,
    to: _to,
    ...usual
  } = DEFAULTS[path[0]!] ?? {};
  if (path.length > 1 || !Array.isArray(value)) return { path, value };
  const entries = (value as Record<string, unknown>[]).map(each =>
    Object.fromEntries([
      ...FIRST.flatMap(name => (each[name] === undefined ? [] : [[name, each[name]]])),
      ...Object.entries(each).filter(
        ([name, own]) => own !== undefined && !FIRST.includes(name) && !(name in usual && isSame(own, usual[name])),
      ),
    ]),
  );
  return { path, value: entries };
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inside, name) => (inside as Record<string, unknown> | undefined)?.[name], value);
}

/** What was edited is as it was asked for, and everything else as it was. */
function requireOnly(before: ConfigFile, after: ConfigFile, edits: readonly Edit[]): void {
  const isAsAsked = edits.every(({ path, value }) => value === undefined || isSame(valueAt(after, path), value));
  const rest = (config: ConfigFile) =>
    withoutPaths(
      config,
      edits.map(({ path }) => path),
    );
  if (isAsAsked && isSame(rest(before), rest(after))) return;
  throw new InputError('config-not-editable', 'The file is written in a way that no patch can be made for.', {
    hint: 'Edit the file itself; `holdfast init --print` shows every field.',
  });
}

function withoutPaths(config: ConfigFile, paths: readonly (readonly string[])[]): unknown {
  const copy = structuredClone(config) as unknown as Record<string, unknown>;
  for (const path of paths) {
    const parent = valueAt(copy, path.slice(0, -1)) as Record<string, unknown> | undefined;
    if (parent) delete parent[path.at(-1)!];
  }
  return copy;
}

/** In any order of members; what is undefined counts as absent. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
