/**
 * What a function loads when it starts: bytes cost milliseconds before every first call (`npm run bench -- functions`). A
 * limit that is exceeded names the largest parts; raise it only for what the function needs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bundleFunctions } from '../../lib/infra/constructs/function-code.ts';
import { type BundleSize, bundleSizes, sourcesOf } from '../support/bundle-sizes.ts';

const KB = 1000;
/** Vault, catalog, keys, the lease of a region, logging and tracing: what every function loads. */
const LIMIT_KB = 2290;
/** What reads rows, and what stages, compares and writes them, has the database's driver and its statements too. */
const READS_ROWS_KB = 2500;
/** Every fact for audits, and the page with its charts. */
const REPORTS_KB = 2410;
const STAGES_ROWS_KB = 2780;
/** The client of RDS. */
const CONTROLS_RDS_KB = 2520;
/** Restores and verifies, call by call. */
const DRILLS_KB = 2880;
/** Ships, restores for comparison, and decides: everything that a fail-over does. */
const TAKES_OVER_KB = 3220;
/** The server of the API, with the routes that are answered on AWS whichever function answers them, and all of zod. */
const SERVES_API_KB = 3180;
const LIMITS_KB: Readonly<Record<string, number>> = {
  'check-restore': READS_ROWS_KB,
  'build-report': REPORTS_KB,
  'plan-group': READS_ROWS_KB,
  'plan-snapshot': READS_ROWS_KB,
  preflight: READS_ROWS_KB,
  'read-part': READS_ROWS_KB,
  // Asks the database how busy it is.
  'fold-tenant': READS_ROWS_KB,
  'read-cluster-backup': STAGES_ROWS_KB,
  'scratch-cluster': CONTROLS_RDS_KB,
  'record-failure': READS_ROWS_KB,
  investigate: READS_ROWS_KB,
  // Plans exports.
  'request-action': STAGES_ROWS_KB,
  'place-hold': READS_ROWS_KB,
  'keep-holds': READS_ROWS_KB,
  'release-hold': READS_ROWS_KB,
  'request-restore': READS_ROWS_KB,
  'plan-drill': READS_ROWS_KB,
  'begin-round': DRILLS_KB,
  'drill-tenant': DRILLS_KB,
  'end-drill': DRILLS_KB,
  'apply-restore': STAGES_ROWS_KB,
  'archive-tenant': STAGES_ROWS_KB,
  // The request path beside.
  'export-tenant': DRILLS_KB,
  'begin-epoch': STAGES_ROWS_KB,
  'clean-staging': STAGES_ROWS_KB,
  'commit-snapshot': STAGES_ROWS_KB,
  'hand-over-restore': STAGES_ROWS_KB,
  'plan-fleet': STAGES_ROWS_KB,
  'plan-restore': STAGES_ROWS_KB,
  'preview-restore': STAGES_ROWS_KB,
  'ship-log': STAGES_ROWS_KB,
  failover: TAKES_OVER_KB,
  'request-failover': TAKES_OVER_KB,
  'leave-region': READS_ROWS_KB,
  'build-status-page': READS_ROWS_KB,
  'serve-api': SERVES_API_KB,
  'serve-tenant': SERVES_API_KB,
  'serve-requests': SERVES_API_KB,
  'serve-rows': SERVES_API_KB,
  'stage-restore': STAGES_ROWS_KB,
  'verify-backup': STAGES_ROWS_KB,
};
/** A limit that is far above its function would let it grow unseen. */
const SLACK = 1.15;

const out = mkdtempSync(join(tmpdir(), 'holdfast-sizes-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));
const bundles = bundleFunctions(out);
const sizes = bundleSizes(bundles);
const inputs = new Set(Object.values(bundles.outputs).flatMap(file => Object.keys(file.inputs)));

const limitOf = ({ name }: BundleSize) => (LIMITS_KB[name] ?? LIMIT_KB) * KB;

it('every function loads at most what its limit states', () => {
  const over = sizes.filter(size => size.bytes > limitOf(size));
  expect(over.map(size => `${size.name}: ${size.bytes} bytes, limit ${limitOf(size)}; ${largest(size)}`)).toEqual([]);
});

it('no limit is far above its function', () => {
  expect(Object.keys(LIMITS_KB).filter(name => !sizes.some(size => size.name === name))).toEqual([]);
  expect(sizes.filter(size => size.bytes * SLACK < limitOf(size)).map(({ name }) => name)).toEqual([]);
});

it('carries no package twice, but those whose packages need different versions', () => {
  const twice = [...inputs].flatMap(
    path => /node_modules\/(.+\/node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  );
  // Powertools' idempotency is a version behind the rest of it.
  const powertools = ['idempotency/node_modules/@aws-lambda-powertools/jmespath'].concat(
    ['logger', 'metrics', 'tracer'].map(name => `${name}/node_modules/@aws-lambda-powertools/commons`),
  );
  expect([...new Set(twice)].sort()).toEqual([
    ...powertools.map(name => `@aws-lambda-powertools/${name}`),
    'asn1.js/node_modules/bn.js',
    // Exports as Parquet; an archive has the same writer.
    'hyparquet-writer/node_modules/hyparquet',
  ]);
  // The same package as modules and as CommonJS.
  expect([...inputs].filter(path => path.includes('/dist-cjs/'))).toEqual([]);
});

it('carries no language of zod but English, but in the API, whose document is made with all of zod', () => {
  const sources = sourcesOf(bundles, entry => /^(lambdas\/(?!serve-)|tasks\/)/.test(entry));
  expect([...sources].filter(path => /zod\/.*\/locales\/(?!en\.)/.test(path))).toEqual([]);
});

function largest({ parts }: BundleSize): string {
  return parts
    .slice(0, 12)
    .map(([name, bytes]) => `${name} ${bytes}`)
    .join(', ');
}
