/**
 * An edit of the configuration becomes a patch: applied to the file, the file is valid and has exactly the edited settings;
 * comments and everything else stay; a password is in no patch and in nothing that is shown.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigurationEdit, patchConfiguration } from '../../../lib/api/configuration-edit.ts';
import { configTemplate } from '../../../lib/domain/config-template.ts';
import { GOVERNED_ACTIONS } from '../../../lib/domain/governed-action.ts';
import { mayHoldSecret, shownConfiguration, withoutPasswords } from '../../../lib/domain/shown-configuration.ts';
import { editConfigText, readConfigText } from '../../../lib/runtime/edit-config.ts';
import { CONFIG_TEXT } from '../../support/operating-deps.ts';

const TEMPLATE = configTemplate({ installation: 'ours-1234', database: { url: 'postgres://x@h/db' } });
const SECOND = `format: holdfast.config/1
installation: ours
approvals:
- action: restore   # everybody's
  approvals: 1
- { action: destroy, approvals: 2, from: [approver] }
settings:
    keep: { dailyDays: 7, logDays: 7 }
drills: {template: ours}
database: {url: "\${DATABASE_URL}"}
`;
const FILES = [CONFIG_TEXT, TEMPLATE, SECOND, CONFIG_TEXT.replaceAll('\n', '\r\n')];
const fileOf = (text: string) => ({ name: 'holdfast.yaml', text, parse: readConfigText, edit: editConfigText });

const days = fc.option(fc.integer({ min: 1, max: 36_500 }), { nil: null });
const some = (of: Record<string, fc.Arbitrary<unknown>>) =>
  fc.option(fc.record(of, { requiredKeys: [] }), { nil: undefined });
const approval = fc.record(
  {
    action: fc.constantFrom(...GOVERNED_ACTIONS),
    approvals: fc.integer({ min: 0, max: 9 }),
    tenants: fc.array(fc.constantFrom('acme', '17', 'no', 'a: b', '# c'), { minLength: 1, maxLength: 3 }),
    expiresHours: fc.integer({ min: 1, max: 99 }),
  },
  { requiredKeys: ['action', 'approvals'] },
);
const sink = fc.oneof(
  fc.record({ name: fc.constantFrom('on-call', 'team'), kind: fc.constant('slack'), urlVariable: fc.constant('URL') }),
  fc.record({ name: fc.constant('mail'), kind: fc.constant('email'), to: fc.constant(['a@example.com']) }),
);
const edits = fc.record({
  keep: some({ dailyDays: days, weeklyDays: days, logDays: days }),
  keepReasons: some({ incident: days }),
  approvals: fc.option(fc.array(approval, { maxLength: 3 }), { nil: undefined }),
  messages: fc.option(fc.array(sink, { maxLength: 2 }), { nil: undefined }),
  drills: some({
    template: fc.constantFrom('ours', 'theirs', null),
    testInstallation: fc.constantFrom(true, false, null),
  }),
});

const directory = mkdtempSync(join(tmpdir(), 'holdfast-patch-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** By git itself: it shares no code with what made the patch. */
function gitApplied(text: string, patch: string): string {
  writeFileSync(join(directory, 'holdfast.yaml'), text);
  if (patch !== '') execFileSync('git', ['apply', '--unidiff-zero', '-'], { cwd: directory, input: patch });
  return readFileSync(join(directory, 'holdfast.yaml'), 'utf8');
}

describe('the patch of an edit', () => {
  it('gives a valid file with exactly the edited settings', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FILES), edits, (text, asked) => {
        const edit = ConfigurationEdit.parse(asked);
        const before = readConfigText(text);
        const { patch } = patchConfiguration(fileOf(text), edit);
        const after = readConfigText(gitApplied(text, patch));
        const defaults = readConfigText('format: holdfast.config/1\ninstallation: ours\n');
        const expected = structuredClone(before) as unknown as Record<string, never>;
        const put = (place: Record<string, unknown>, usual: Record<string, unknown>, fields: object = {}) => {
          for (const [name, value] of Object.entries(fields)) place[name] = value ?? usual[name];
        };
        const { settings, drills } = expected as never as typeof before;
        put(settings.keep, defaults.settings.keep, edit.keep);
        put(settings.keep.reasons, defaults.settings.keep.reasons, edit.keepReasons);
        put(drills, defaults.drills, edit.drills);
        for (const name of ['approvals', 'messages'] as const)
          if (edit[name] !== undefined) Object.assign(expected, { [name]: edit[name] ?? undefined });
        expect(JSON.parse(JSON.stringify(after))).toEqual(JSON.parse(JSON.stringify(expected)));
        expect(patch).not.toContain('hunter2');
        for (const comment of text.match(/# (?!everybody).*/g) ?? [])
          if (edit.keep === undefined) expect(gitApplied(text, patch)).toContain(comment);
      }),
      { numRuns: 30 },
    );
  });

  it('is empty where the file says it already', () => {
    const edit = ConfigurationEdit.parse({ keep: { dailyDays: 14 }, approvals: null });
    expect(patchConfiguration(fileOf(CONFIG_TEXT), edit)).toEqual({ patch: '', changed: [] });
  });

  it('touches nothing but the edited line', () => {
    const { patch, changed } = patchConfiguration(
      fileOf(CONFIG_TEXT),
      ConfigurationEdit.parse({ keep: { dailyDays: 21 } }),
    );
    expect(changed).toEqual(['settings.keep.dailyDays']);
    expect(patch.split('\n').filter(line => /^[+-][^+-]/.test(line))).toEqual([
      '-    dailyDays: 14 # two weeks',
      '+    dailyDays: 21 # two weeks',
    ]);
  });

  it('is refused where the file cannot be edited', () => {
    const aliased = 'format: holdfast.config/1\ninstallation: ours\nsettings: &s\n  keep: {dailyDays: 7}\n';
    const text = `${aliased}drills: {}\n`;
    const odd = { ...fileOf(text), edit: (given: string) => `${given}slot: another\n` };
    expect(() => patchConfiguration(odd, ConfigurationEdit.parse({ keep: { dailyDays: 8 } }))).toThrow(
      expect.objectContaining({ code: 'config-not-editable' }),
    );
  });
});

describe('what is shown of a configuration', () => {
  const password = fc
    .stringMatching(/^[A-Za-z0-9!*;,.~@:-]{6,20}$/)
    .filter(text => !/^(postgres|backup|example)/.test(text));

  it('has no password of any URL', () => {
    fc.assert(
      fc.property(password, secret => {
        const url = `postgres://backup:${secret}@db.example.com:5432/app?sslcert=${secret}`;
        const text = `format: holdfast.config/1\ninstallation: ours\ndatabase:\n  url: ${JSON.stringify(url)}\ndrills:\n  scratch: ${JSON.stringify(url)}\n  acceptanceHook: https://checks.example.com/${encodeURIComponent(secret)}\n`;
        const shown = JSON.stringify(shownConfiguration(readConfigText(text)));
        expect(shown).not.toContain(secret);
        expect(shown).toContain('db.example.com');
        for (const line of text.split('\n').filter(each => each.includes(secret)))
          expect(mayHoldSecret(line)).toBe(true);
      }),
    );
  });

  it('keeps a reference to a variable readable', () => {
    const url = `postgres://backup:\${PASSWORD}@db.example.com:5432/app`;
    expect(withoutPasswords(url)).toBe(url);
  });

  it('says of each setting what it means', () => {
    const shown = shownConfiguration(readConfigText(CONFIG_TEXT));
    expect(shown.filter(({ description }) => description === '').map(({ path }) => path)).toEqual([]);
    expect(shown.find(({ path }) => path === 'settings.keep.dailyDays')).toMatchObject({
      value: '14',
      isDefault: false,
    });
  });
});
