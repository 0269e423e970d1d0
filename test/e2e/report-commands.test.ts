/** Metrics, reports, the status page and advice as people get them on one machine, from a real database. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CommandLine } from '../support/command-line.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { type ShopInstallation, shopInstallation } from '../support/shop-installation.ts';

let installed: ShopInstallation;
let database: TestDatabase;
let holdfast: CommandLine;

beforeAll(async () => {
  installed = await shopInstallation('reports-test');
  ({ database, holdfast } = installed);
});
afterAll(() => installed?.dispose());

it('metrics are printed, written to a file at once, and served by a shipper that keeps running', async () => {
  const { samples } = await holdfast.json('metrics');
  expect(samples).toContainEqual({ name: 'holdfast_source_up', value: 1 });
  expect(samples).toContainEqual({ name: 'holdfast_tenants', labels: { state: 'safe' }, value: 3 });
  const retained = samples.find(({ name }: { name: string }) => name === 'holdfast_slot_retained_bytes');
  expect(retained.value).toBeGreaterThanOrEqual(0);
  const file = join(holdfast.directory, 'holdfast.prom');
  await holdfast.json('metrics', '--output', file);
  expect(await readFile(file, 'utf8')).toMatch(/^holdfast_tenants\{state="safe"\} 3$/m);

  expect(await holdfast.failure('ship', '--metrics-port', '0')).toMatchObject({ code: 'usage', exit: 2 });
  const shipper = holdfast.start('ship', '--follow', '--every', '1', '--metrics-port', '0');
  const closed = new Promise(resolve => shipper.once('close', resolve));
  let address = '';
  for await (const line of createInterface(shipper.stderr!)) {
    address = /http:\S+/.exec(line)?.[0] ?? '';
    if (address !== '') break;
  }
  const text = await (await fetch(address)).text();
  expect(new URL(address).hostname).toBe('127.0.0.1');
  expect(text).toMatch(/^holdfast_source_up 1$/m);
  expect(text).toMatch(/^holdfast_shipped_changes_total \d+$/m);
  shipper.kill('SIGTERM');
  await closed;
});

it('the preview that a possible accident names is ready: the reference is taken for the tenant', async () => {
  await database.query('DELETE FROM orders WHERE shop_id = 2');
  const { stdout } = await holdfast.run('--json=lines', 'ship');
  const lines = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  const { details } = lines.map(({ notice }) => notice).find(notice => notice?.code === 'possible-accident');
  const preview = await holdfast.json(...details.preview.split(' ').slice(1));
  expect(preview.totals).toMatchObject({ inserts: 400, updates: 0, deletes: 0 });
});

it('a report is made, kept, shown as text, and verified in a folder without a configuration', async () => {
  const today = new Date().toISOString().slice(0, 10);
  const made = join(holdfast.directory, 'week');
  expect(await holdfast.failure('report', 'weekly', '--from', today, '--to', '2100-01-01')).toMatchObject({ exit: 2 });
  const range = ['--from', today, '--to', dayAfter(today)];
  const { key, report } = await holdfast.json('report', 'weekly', ...range, '--out', made);
  expect(key).toMatch(/^governance\/reports\/system\/weekly\//);
  expect(report).toMatchObject({ format: 'holdfast.report/1', complete: false, installation: 'reports-test' });
  expect(report.days[0].backups).toMatchObject({ snapshots: 3 });
  expect(report.days[0].accidents).toMatchObject([{ table: 'public.order_lines' }, { table: 'public.orders' }]);
  expect((await readFile(join(made, 'index.html'), 'utf8')).startsWith('<!doctype html>')).toBe(true);
  const pem = join(holdfast.directory, 'holdfast.pem');
  await writeFile(pem, (await holdfast.run('audit', 'public-key')).stdout);
  expect(await holdfast.json('report', 'verify', made, '--key', pem)).toMatchObject({ ok: true, kind: 'weekly' });
  await writeFile(join(made, 'report.json'), '{}');
  expect((await holdfast.run('report', 'verify', made, '--key', pem)).code).toBe(3);
  const text = (await holdfast.run('report', 'daily')).stdout;
  expect(text).toContain('not recorded');
  expect(await holdfast.failure('report', 'daily', '--from', '2026-02-31')).toMatchObject({ exit: 2 });
  for (const line of text.split('\n').filter(each => !each.startsWith('Kept signed')))
    expect(line.length).toBeLessThanOrEqual(80);
});

it('the status page is built and built again, with posts of people and texts about them', async () => {
  const folder = join(holdfast.directory, 'status');
  const build = () => holdfast.json('status-page', 'build', '--out', folder, '--title', 'Shops & more');
  const before = await build();
  expect(before.page.incidents).toEqual([]);
  expect(before.page.components[0]).toMatchObject({ component: 'log-shipping', state: 'up', uptime: 1 });
  expect(await holdfast.failure('status-page', 'templates')).toMatchObject({ code: 'unknown-incident', exit: 2 });
  const words = ['--component', 'snapshots', '--state', 'investigating', '--text', 'Snapshots are <late>.'];
  const { post } = await holdfast.json('status-page', 'post', ...words);
  const update = ['--incident', post.id, '--state', 'monitoring', '--text', 'Fixed.'];
  expect((await holdfast.run('status-page', 'post', ...update)).stdout).toContain('updated');
  expect(await holdfast.failure('status-page', 'post', '--state', 'lost', '--text', 'x')).toMatchObject({ exit: 2 });
  const { page } = await build();
  expect(page.incidents).toMatchObject([{ id: post.id, state: 'monitoring', resolvedAt: null }]);
  expect(JSON.parse(await readFile(join(folder, 'status.json'), 'utf8'))).toEqual(page);
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  expect(html).toContain('<h1>Shops &amp; more</h1>');
  expect(html).toContain('Snapshots are &lt;late&gt;.');
  expect(await readdir(folder)).toEqual(['index.html', 'status.json']);
  expect(await holdfast.json('status-page', 'list')).toEqual({ incidents: page.incidents, altered: [] });
  expect((await holdfast.run('status-page', 'list')).stdout).toMatch(new RegExp(`${post.id} +Snapshots +monitoring`));
  const one = await holdfast.json('status-page', 'templates', post.id.slice(0, 12), '--for', 'media');
  expect(Object.keys(one)).toEqual(['incident', 'media']);
  expect((await holdfast.run('status-page', 'templates')).stdout).toContain('For stakeholders');
  const { stdout } = await holdfast.run('status-page', 'build', '--out', folder);
  for (const line of stdout.split('\n').filter(each => !each.startsWith('Written to')))
    expect(line.length).toBeLessThanOrEqual(80);
});

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 24 * 3600_000).toISOString().slice(0, 10);
}
