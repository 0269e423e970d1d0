/** The catalogue of errors is complete and current: scripts, state machines and docs/errors.md rely on it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { API } from '../../../lib/domain/error-catalog/api.ts';
import { ASKED } from '../../../lib/domain/error-catalog/asked.ts';
import { CONFLICTS } from '../../../lib/domain/error-catalog/conflicts.ts';
import { SET_UP } from '../../../lib/domain/error-catalog/set-up.ts';
import { SOURCE } from '../../../lib/domain/error-catalog/source.ts';
import { STORAGE } from '../../../lib/domain/error-catalog/storage.ts';
import { STORED } from '../../../lib/domain/error-catalog/stored.ts';
import { ERROR_CATALOG, type ErrorCode } from '../../../lib/domain/error-catalog.ts';
import { ERROR_KINDS, WORKFLOW_ERRORS } from '../../../lib/domain/error-kind.ts';
import { errorReference } from '../../../lib/domain/error-reference.ts';
import { reportedError, workflowErrorOf } from '../../../lib/domain/errors.ts';

const ROOT = join(import.meta.dirname, '../../..');
const files = ['lib', 'bin', 'lambdas']
  .flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(name => join(ROOT, folder, name)),
  )
  .filter(path => path.endsWith('.ts') && !path.includes('error-catalog'));
const sources = new Map(files.map(path => [relative(ROOT, path), readFileSync(path, 'utf8')]));

interface Thrown {
  readonly at: string;
  readonly className: string;
  readonly code: ErrorCode;
  /** Of the constructor, up to its closing parenthesis. */
  readonly text: string;
}

/** Every constructor with its code written out. */
const thrown: Thrown[] = [...sources].flatMap(([at, source]) =>
  [...source.matchAll(/new (\w+Error)\(\s*'([a-z-]+)',/g)].map(match => ({
    at,
    className: match[1]!,
    code: match[2] as ErrorCode,
    text: callAt(source, match.index),
  })),
);

function callAt(source: string, start: number): string {
  let depth = 0;
  for (let at = source.indexOf('(', start); at < source.length; at++) {
    if (source[at] === '(') depth++;
    if (source[at] === ')' && --depth === 0) return source.slice(start, at + 1);
  }
  throw new Error(`A constructor at ${start} does not end.`);
}

describe('the catalogue of errors', () => {
  it('has each code once', () => {
    const parts = [SET_UP, API, ASKED, STORED, SOURCE, CONFLICTS, STORAGE].flatMap(part => Object.keys(part));
    expect(parts.filter((code, index) => parts.indexOf(code) !== index)).toEqual([]);
    expect(Object.keys(ERROR_CATALOG).sort()).toEqual(parts.sort());
  });

  it('has every code that the source throws, in the class in which it is thrown', () => {
    expect(thrown.length).toBeGreaterThan(200);
    const wrong = thrown.filter(({ className, code }) => {
      const kinds = ERROR_CATALOG[code]?.kinds.map(kind => ERROR_KINDS[kind].className as string);
      return !kinds?.includes(className);
    });
    expect(wrong).toEqual([]);
  });

  it('has no unused code', () => {
    // A code may also come from a table or a helper: written out anywhere but in a comparison.
    const mentioned = new Set(
      [...sources.values()].flatMap(source =>
        [...source.matchAll(/(?<![!=]== )'([a-z]+(?:-[a-z]+)*)'/g)].map(match => match[1]!),
      ),
    );
    expect(Object.keys(ERROR_CATALOG).filter(code => !mentioned.has(code))).toEqual([]);
  });

  it('allows an error to set its retry only if the code does not decide it', () => {
    const decides = thrown.filter(({ text }) => /\bretry\b/.test(text));
    expect(decides.filter(({ code }) => ERROR_CATALOG[code].retry !== 'depends')).toEqual([]);
  });

  it('has a meaning and a remedy for each code, in complete sentences that fit a table', () => {
    for (const [code, { meaning, remedy }] of Object.entries(ERROR_CATALOG)) {
      for (const text of [meaning, remedy]) expect(text, code).toMatch(/^\S[^|\n]+\S\.$/);
    }
  });

  it('matches docs/errors.md (else: node bin/write-configuration.ts)', () => {
    expect(readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')).toBe(errorReference());
  });
});

describe('an error', () => {
  const reported = (code: ErrorCode, kind = ERROR_CATALOG[code].kinds[0]!) =>
    reportedError(kind, { code, message: 'Said.', hint: 'Do.' });

  it('has the retry of its code', () => {
    for (const [code, { retry }] of Object.entries(ERROR_CATALOG) as [ErrorCode, (typeof ERROR_CATALOG)[ErrorCode]][])
      expect(reported(code).retry, code).toBe(retry === 'depends' ? 'operator' : retry);
  });

  it('reaches a state machine under the name that decides about a retry', () => {
    expect(workflowErrorOf(reported('slot-busy'))).toBe(WORKFLOW_ERRORS.tryAgain);
    expect(workflowErrorOf(reported('privilege'))).toBe(WORKFLOW_ERRORS.refused);
    expect(workflowErrorOf(reported('catalog-behind', 'integrity'))).toBe(WORKFLOW_ERRORS.integrity);
    expect(workflowErrorOf(reported('rows-changed'))).toBe(WORKFLOW_ERRORS.conflict);
  });

  it('of a later version keeps its code, and is retried only by a person', () => {
    const error = reportedError('source', { code: 'not-invented-yet', message: 'Said.', hint: 'Do.' });
    expect(error).toMatchObject({ code: 'not-invented-yet', retry: 'operator', name: 'SourceError' });
  });

  it('has an exit code that is unique to its class', () => {
    const codes = Object.values(ERROR_KINDS).map(kind => kind.exitCode);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes).not.toContain(0);
  });
});
