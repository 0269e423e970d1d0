/** The command beside a preview asks for the same as the request; and the choices of the page survive their address. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf, choicesIn, MODES, missingIn, searchOf, WAYS } from '../../../console/src/restore/choices.ts';
import { askedRestore } from '../../../lib/api/asked-restore.ts';
import { AskedRestore } from '../../../lib/api/documents/asked-restore.ts';
import { sameCommand } from '../../../lib/api/same-command.ts';
import { parseRestoreRequest } from '../../../lib/domain/restore-request.ts';
import { tenantId } from '../../../lib/domain/tenant.ts';
import type { Context } from '../../../lib/operations/context.ts';

const clock = { now: () => new Date('2026-03-01T12:00:00Z') };
const asker = { tenant: tenantId('acme'), requestedBy: 'olga', timeZone: 'Europe/Berlin' };
/** Ways back need a log. */
const NO_WAYS = { undo: () => Promise.reject(), revert: () => Promise.reject() };
const word = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const words = fc.uniqueArray(word, { maxLength: 3 });

const choices = fc.record({
  ...{ way: fc.constantFrom(...WAYS), mode: fc.constantFrom(...MODES) },
  ...{
    to: fc.string(),
    context: fc.string(),
    restore: fc.string(),
    rows: fc.string(),
    keys: fc.string(),
    columns: fc.string(),
  },
  ...{ transactions: words.map(all => all.join(' ')), keep: words.map(all => all.join(' ')) },
  ...{ tables: words, exclude: words },
  ...{ exact: fc.boolean(), withChildren: fc.boolean(), overwrite: fc.boolean() },
});

describe('what is asked on the page of a restore', () => {
  it('is in its address, all of it', () => {
    fc.assert(
      fc.property(choices, chosen => {
        expect(choicesIn(new URLSearchParams(searchOf(chosen).toString()))).toEqual(chosen);
      }),
    );
  });

  it('is a request that the API takes, or says what is missing', () => {
    fc.assert(
      fc.property(choices, chosen => {
        if (missingIn(chosen) !== undefined) return;
        expect(() => AskedRestore.parse(bodyOf(chosen))).not.toThrow();
      }),
    );
  });

  it.each([
    [{}, 'bad-request'],
    [{ target: 'latest', undo: { restore: 'x' } }, 'bad-request'],
    [{ revert: {} }, 'bad-request'],
    [{ target: 'latest', keep: ['17'] }, 'bad-request'],
    [{ target: '25 hours ago', mode: 'merge', undo: { restore: 'x' } }, 'bad-request'],
    [{ target: 'latest', rows: { a: 'x' }, columns: { a: ['x'] }, withChildren: true }, 'bad-request'],
  ])('refuses %j at once', (body, code) => {
    expect(() => askedRestore({ clock }, asker, AskedRestore.parse(body), NO_WAYS)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('is asked for by the caller, and means the moment that it meant then', async () => {
    expect(AskedRestore.safeParse({ target: 'latest', requestedBy: 'mallory' }).success).toBe(false);
    const request = await askedRestore(
      { clock },
      asker,
      AskedRestore.parse({ target: 'today 10:00' }),
      NO_WAYS,
    )({} as Context);
    expect(request).toMatchObject({ requestedBy: 'olga', target: '2026-03-01T09:00:00.000000Z', samples: 0 });
  });
});

describe('the command line that does the same', () => {
  const request = (more: object) => parseRestoreRequest({ tenant: 'acme', target: '2026-03-01T09:00:00Z', ...more });
  it.each([
    [{}, 'restore acme --to 2026-03-01T09:00:00Z'],
    [
      { mode: 'missing-only', tables: ['public.a'] },
      'restore acme --to 2026-03-01T09:00:00Z --mode missing-only --table public.a',
    ],
    [
      { mode: 'columns', columns: { 'public.a': ['x', 'y'] } },
      'restore acme --to 2026-03-01T09:00:00Z --table public.a --columns x,y',
    ],
    [
      { keys: { 'public.a': [['1'], ['2']] } },
      'restore acme --to 2026-03-01T09:00:00Z --table public.a --keys [["1"],["2"]]',
    ],
    [{ mode: 'merge', reverts: { until: '0/20', only: ['0/10'] } }, 'revert acme --transaction 0/10'],
    [
      { mode: 'merge', reverts: { until: '0/20', except: ['0/10'] }, overwrite: true },
      'restore acme --to 2026-03-01T09:00:00Z --mode merge --keep-transaction 0/10 --overwrite',
    ],
    [{ undoes: '0mb2c4f1a-3f8a2c1d' }, 'undo 0mb2c4f1a-3f8a2c1d'],
  ])('of %j', (more, expected) => {
    expect(sameCommand(request(more)).join(' ')).toBe(expected);
  });
});
