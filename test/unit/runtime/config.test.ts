/** The configuration file: how it is read, and the errors for an invalid one. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../lib/domain/errors.ts';
import { databaseCaFile, loadConfig, parseConfig, terminalEnvironment } from '../../../lib/runtime/config.ts';

const FILE = '/etc/app/holdfast.yaml';
const minimal = 'format: holdfast.config/1\ninstallation: acme-production\n';

function failure(work: () => unknown): HoldfastError {
  try {
    work();
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the certificate authorities of a database on AWS', () => {
  it('are read from the configured file; a missing file is an error, and no unverified connection is made', () => {
    expect(databaseCaFile({ HOLDFAST_DATABASE_CA: import.meta.filename })).toBe(import.meta.filename);
    expect(failure(() => databaseCaFile({ HOLDFAST_DATABASE_CA: '/no/such/file.pem' }))).toMatchObject({
      code: 'no-database-ca',
    });
  });

  it('are those of RDS that come with Holdfast where no file is configured', () => {
    for (const env of [{}, { HOLDFAST_DATABASE_CA: '' }])
      expect(readFileSync(databaseCaFile(env), 'utf8')).toContain('Amazon RDS eu-central-1 Root CA');
  });
});

describe('the configuration', () => {
  it('requires only an installation, resolves paths from its own directory and reads the database from the environment', () => {
    const config = parseConfig(minimal, FILE, {
      HOLDFAST_DATABASE_URL: 'postgres://h/db',
      DATABASE_URL: 'postgres://other/db',
    });
    expect(config).toMatchObject({
      installation: 'acme-production',
      model: '/etc/app/holdfast.model.yaml',
      vault: '/etc/app/.holdfast/vault',
      slot: 'holdfast',
      source: { url: 'postgres://h/db' },
    });
    expect(config.settings.retentionDays.snapshot).toBe(30);
    expect(parseConfig(minimal, FILE, { DATABASE_URL: 'postgres://other/db' }).source.url).toBe('postgres://other/db');
  });

  it('accepts a password by reference and encodes it for the URL', () => {
    const text = `${minimal}database:\n  url: postgres://backup:\${PASSWORD}@h:5432/db\n`;
    expect(parseConfig(text, FILE, { PASSWORD: 'p@ss/wörd' }).source.url).toBe(
      'postgres://backup:p%40ss%2Fw%C3%B6rd@h:5432/db',
    );
    expect(failure(() => parseConfig(text, FILE, {}))).toMatchObject({
      code: 'missing-variable',
      details: { variable: 'PASSWORD' },
    });
    const whole = `${minimal}database:\n  url: \${URL}\n`;
    expect(parseConfig(whole, FILE, { URL: 'postgres://a:b%40@h/db' }).source.url).toBe('postgres://a:b%40@h/db');
  });

  it('reports line, field and allowed values of every error', () => {
    const text = [
      'format: holdfast.config/1',
      'installation: Acme!',
      'vaultt: elsewhere',
      'settings:',
      '  chunkBytes: big',
      '  retentionDays:',
      '    log: -1',
      '    forever: 1',
      'slot: "with space"',
    ].join('\n');
    const error = failure(() => parseConfig(text, FILE, { DATABASE_URL: 'postgres://h/db' }));
    expect(error.code).toBe('bad-config');
    expect(error.details.problems).toEqual([
      `${FILE}:2 installation: expected 3 to 63 lower-case letters, digits and dashes`,
      `${FILE}:3 vaultt: unknown field`,
      `${FILE}:5 settings.chunkBytes: expected number, received string`,
      `${FILE}:7 settings.retentionDays.log: expected number to be >0`,
      `${FILE}:8 settings.retentionDays.forever: unknown field`,
      `${FILE}:9 slot: expected 1 to 63 lower-case letters, digits and underscores`,
    ]);
  });

  it('reports the line of a syntax error', () => {
    const error = failure(() => parseConfig(`${minimal}database: [`, FILE, {}));
    expect(error.code).toBe('bad-config');
    expect(error.message).toContain(`${FILE}:3 `);
  });

  it('reports a missing database or a URL that is not PostgreSQL, without showing it', () => {
    expect(failure(() => parseConfig(minimal, FILE, {}))).toMatchObject({ code: 'no-database-url' });
    const wrong = failure(() => parseConfig(minimal, FILE, { DATABASE_URL: 'mysql://root:hunter2@h/db' }));
    expect(wrong.code).toBe('bad-database-url');
    expect(JSON.stringify([wrong.message, wrong.hint, wrong.details])).not.toContain('hunter2');
  });
});

describe('the configuration file', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-config-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is found in a parent directory, by --config or HOLDFAST_CONFIG; otherwise the error says how to start', async () => {
    await writeFile(join(directory, 'holdfast.yaml'), minimal);
    const env = { DATABASE_URL: 'postgres://h/db' };
    const below = join(directory, 'a', 'b');
    expect((await loadConfig(undefined, env, below)).file).toBe(join(directory, 'holdfast.yaml'));
    expect((await loadConfig('../../holdfast.yaml', env, below)).file).toBe(join(directory, 'holdfast.yaml'));
    expect(
      (await loadConfig(undefined, { ...env, HOLDFAST_CONFIG: join(directory, 'holdfast.yaml') }, '/')).installation,
    ).toBe('acme-production');
    await expect(loadConfig('missing.yaml', env, directory)).rejects.toMatchObject({ code: 'no-config' });
  });
});

describe('the terminal environment', () => {
  it('respects NO_COLOR before FORCE_COLOR, and leaves the choice to the terminal otherwise', () => {
    expect(terminalEnvironment({ NO_COLOR: '1', FORCE_COLOR: '1' }).color).toBe(false);
    expect(terminalEnvironment({ FORCE_COLOR: '1' }).color).toBe(true);
    expect(terminalEnvironment({ FORCE_COLOR: '0' }).color).toBeUndefined();
    expect(terminalEnvironment({ TERM: 'dumb' }).color).toBe(false);
    expect(terminalEnvironment({ TERM: 'xterm' }).color).toBeUndefined();
  });
});
