/**
 * holdfast.yaml for people who read it in a page: every setting that is known, with what it means, and none of the secrets
 * that a URL can carry. Invariant: a password is never part of what this returns, wherever in the file it stands.
 */
import { ConfigFile } from './config-file.ts';
import { type SchemaField, schemaOf } from './schema-field.ts';

export interface ShownSetting {
  /** Such as `settings.keep.dailyDays`. */
  readonly path: string;
  /** As text; lists and objects as JSON. Null: not set, and without a default. */
  readonly value: string | null;
  /** The file says nothing, or what is the default anyway. */
  readonly isDefault: boolean;
  readonly description: string;
}

/** Whole fields whose URL can carry a secret in any part behind its host. */
const HOST_ONLY = new Set(['drills.acceptanceHook']);
const NAME = /^\$\{\w+\}$/;

/** In the order of the schema. */
export function shownConfiguration(config: ConfigFile): ShownSetting[] {
  return settingsBelow('', schemaOf(ConfigFile), config);
}

function settingsBelow(prefix: string, { properties = {} }: SchemaField, value: unknown): ShownSetting[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const own = (value as Record<string, unknown> | undefined)?.[name];
    if (field.properties) return settingsBelow(`${path}.`, field, own);
    const fallback = field.const ?? field.default;
    return [
      {
        path,
        value: own === undefined ? null : shownValue(path, own),
        isDefault: own === undefined || JSON.stringify(own) === JSON.stringify(fallback),
        description: field.description ?? '',
      },
    ];
  });
}

function shownValue(path: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const url = HOST_ONLY.has(path) ? text.replace(/^([a-z]+:\/\/[^/?#]*)[/?#].+$/i, '$1/…') : text;
  return withoutPasswords(url);
}

/** Passwords of URLs are masked, and queries cut; a reference to a variable stays. Masks too much where it is not clear. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)(.*)/gis, (_, scheme: string, rest: string) => {
    const query = rest.indexOf('?');
    const body = query < 0 ? rest : rest.slice(0, query);
    const cut = query < 0 ? '' : '?…';
    const at = body.lastIndexOf('@');
    if (at < 0) return rest.includes('@') ? `${scheme}•••` : `${scheme}${body}${cut}`;
    const [name, ...password] = body.slice(0, at).split(':');
    const isOpen = password.length === 0 || NAME.test(password.join(':'));
    return `${scheme}${isOpen ? body.slice(0, at) : `${name}:•••`}${body.slice(at)}${cut}`;
  });
}

/** Whether a line of the file may contain a secret: it is then in no diff. */
export function mayHoldSecret(line: string): boolean {
  const says = /(pass(word|wd)?|secret|token|credential)s?['"]?\s*[:=]\s*\S/i.test(line);
  return says || withoutPasswords(line) !== line || /acceptanceHook\s*:/.test(line);
}
