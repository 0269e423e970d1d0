/** What the routes about reports answer: kept once, verified, and opened by who may. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reportKey } from '../../../lib/domain/governance-key.ts';
import { SYSTEM } from '../../../lib/domain/tenant.ts';
import { type ApiWorld, apiWorld } from '../../support/api-world.ts';
import { person } from '../../support/governed.ts';
import { type Operated, operatingParts } from '../../support/operating-deps.ts';

const root = person('rosa', ['system-administrator']);
const olga = person('olga', ['operator']);

let operated: Operated;
let world: ApiWorld;
beforeEach(async () => {
  operated = { sent: [], regions: undefined };
  world = await apiWorld({ known: ['acme', 'other'], parts: of => operatingParts(of, operated) });
});
afterEach(async () => {
  await world.apiDeps.executions.settled();
  await world.deps.dispose();
});

describe('reports', () => {
  it('are built once, listed, opened, saved as files that verify, and not if altered', async () => {
    const begun = await world.call(olga, '/reports', { kind: 'weekly' });
    const { result } = (await world.followed(olga, begun.body)).body;
    const again = (await world.followed(olga, (await world.call(olga, '/reports', { kind: 'weekly' })).body)).body
      .result;
    expect(again).toEqual(result);
    const listed = await world.call(olga, '/reports?kind=weekly');
    expect(listed.body.reports).toMatchObject([{ kind: 'weekly', name: result.name, complete: true }]);
    const one = await world.call(olga, `/reports/weekly/${result.name}`);
    expect(one.body.report).toMatchObject({ kind: 'weekly', from: result.name });
    const { files } = (await world.call(olga, `/reports/weekly/${result.name}/files`)).body;
    const bare = files.map(({ name, text }: { name: string; text: string }) => ({ name, text }));
    expect((await world.call(olga, '/reports/verification', { files: bare })).body).toMatchObject({
      ok: true,
      kind: 'weekly',
    });
    const altered = bare.map((file: { name: string; text: string }) =>
      file.name === 'index.html' ? { ...file, text: file.text.replace('weekly', 'other') } : file,
    );
    const verdict = await world.call(olga, '/reports/verification', {
      files: [...altered.slice(1), { ...altered[0], text: `${altered[0].text} ` }],
    });
    expect(verdict.body.ok).toBe(false);
    await world.deps.tamper(reportKey('weekly', result.name), bytes =>
      Buffer.from(bytes.toString().replace('weekly', 'daily!')),
    );
    expect((await world.call(olga, '/reports?kind=weekly')).body).toMatchObject({
      reports: [],
      altered: [reportKey('weekly', result.name)],
    });
    expect((await world.call(olga, `/reports/weekly/${result.name}`)).status).toBe(409);
  });

  it('with facts for audits are opened by who may export evidence, each time on record', async () => {
    const begun = await world.call(root, '/reports', { kind: 'monthly' });
    const { name } = (await world.followed(root, begun.body)).body.result;
    expect((await world.call(olga, `/reports/monthly/${name}`)).status).toBe(403);
    expect((await world.call(root, `/reports/monthly/${name}`)).status).toBe(200);
    expect((await world.trail(SYSTEM)).at(-1)).toMatchObject({ action: 'exportEvidence', outcome: 'allowed' });
  });

  it('that are none are not found, whatever the address', async () => {
    for (const path of ['monthly/2026-01-01', 'monthly/..%2Frequests', 'hourly/2026-01-01', 'daily/2026-01-01.html'])
      expect((await world.call(root, `/reports/${path}`)).body.code).toBe('unknown-report');
    expect((await world.call(root, '/reports', { kind: 'daily', to: '2026-01-02' })).status).toBe(400);
  });
});
