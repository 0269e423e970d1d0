/** What a legal hold keeps of the unrouted log: nothing of a row that is provably another tenant's, but its key. */
import { describe, expect, it } from 'vitest';
import { parseMessage, type RowMessage } from '../../../lib/codec/pgoutput.ts';
import { buildBegin, buildCommit, buildDelete, buildInsert, buildUpdate } from '../../../lib/codec/pgoutput-build.ts';
import { decodeFrames, FrameWriter } from '../../../lib/codec/segment.ts';
import { lsn } from '../../../lib/domain/lsn.ts';
import type { TableSchema } from '../../../lib/domain/table-schema.ts';
import { type ReducingFacts, reduceUnrouted } from '../../../lib/operations/log/reduce-unrouted.ts';
import { buildMessage, buildRelation, buildTruncate } from '../../support/pgoutput-messages.ts';
import { table } from '../../support/table-schema.ts';

const OID = 1;
const COLUMNS = ['id', 'tenant_id', 'note'];
const relation = (replicaIdentity = 'd') =>
  buildRelation({
    ...{ oid: OID, schema: 'public', name: 'notes', replicaIdentity },
    columns: COLUMNS.map(name => ({
      name,
      identity: replicaIdentity === 'f' || name === 'id',
      typeOid: 25,
      typmod: -1,
    })),
  });

const MODEL = [{ kind: 'direct', table: 'public.notes', column: 'tenant_id' }];
const schema = table('public.notes', 'id!, tenant_id! text, note? text');

function facts(changes: { model?: unknown; tables?: TableSchema[] } = {}): ReducingFacts {
  const { model = MODEL, tables = [schema] } = changes;
  return { tenantId: 'acme', model, schema: { tables } } as never;
}

const row = (...values: (string | null | undefined)[]) =>
  values.map(value => (value == null ? (value as null | undefined) : Buffer.from(value)));

async function reduced(messages: readonly Buffer[], ...given: [ReducingFacts?]): Promise<Buffer[] | undefined> {
  const frames = new FrameWriter();
  const at = lsn(100n);
  const all = [
    buildBegin({ commitLsn: at, commitTime: 0n, xid: 7 }),
    ...messages,
    buildCommit({ commitLsn: at, endLsn: lsn(108n), commitTime: 0n }),
  ];
  for (const message of all) frames.add(at, message);
  async function* blocks() {
    yield frames.take();
  }
  const left = await reduceUnrouted(blocks(), given.length > 0 ? given[0] : facts(), []);
  if (left === undefined) return undefined;
  const found: Buffer[] = [];
  for await (const { message } of decodeFrames([left.payload])) found.push(Buffer.from(message));
  return found.slice(1, -1);
}

async function one(message: Buffer, identity = 'd'): Promise<RowMessage> {
  const found = (await reduced([relation(identity), message]))!;
  expect(found[0]).toEqual(relation(identity));
  return parseMessage(found[1]!) as RowMessage;
}

describe('a row that is provably another tenant’s', () => {
  it.each([
    ['insert', buildInsert(OID, row('17', 'other', 'secret'))],
    ['update', buildUpdate(OID, row('17', 'other', 'secret'))],
    ['update', buildUpdate(OID, row('17', 'other', 'secret'), { kind: 'key', values: row('16', null, null) })],
  ])('keeps its key alone: %s', async (type, message) => {
    const left = await one(message);
    expect(left.type).toBe(type);
    expect(left.new).toEqual(row('17', null, null));
    expect(left.old ?? []).toEqual(left.old ? row('16', null, null) : []);
  });

  it('also where the log has all of the row before', async () => {
    const values = row('17', 'other', 'secret');
    const before = { kind: 'full' as const, values: row('17', 'other', 'older') };
    expect((await one(buildUpdate(OID, values, before), 'f')).old).toEqual(row('17', null, null));
    expect((await one(buildDelete(OID, before), 'f')).old).toEqual(row('17', null, null));
  });
});

describe('a row that may be the tenant’s stays as it is', () => {
  const own = buildInsert(OID, row('17', 'acme', 'mine'));
  const others = buildInsert(OID, row('17', 'other', 'secret'));

  it.each([
    ['its own', own, 'd', facts()],
    [
      'that came from the tenant',
      buildUpdate(OID, row('1', 'other', 'x'), { kind: 'full', values: row('1', 'acme', 'x') }),
      'f',
      facts(),
    ],
    ['without a value of the tenant column', buildUpdate(OID, row('17', undefined, 'x')), 'd', facts()],
    [
      'of a table without a tenant column',
      others,
      'd',
      facts({ model: [{ kind: 'via', table: 'public.notes', path: [] }] }),
    ],
    ['of an unknown table', others, 'd', facts({ model: [] })],
    ['of a table without a key', others, 'f', facts({ tables: [{ ...schema, key: [], oid: 2 }] })],
    ['where no snapshot says what tables are', others, 'd', 'none'],
  ] as const)('%s', async (_, message, identity, known) => {
    const found = (await reduced([relation(identity), message], known === 'none' ? undefined : known))!;
    expect(found[1]).toEqual(message);
  });

  it('whose tenant is spelled in another way', async () => {
    const padded = { ...schema, columns: schema.columns.map(each => ({ ...each, equality: { canonical: 'padded' } })) };
    const spelled = buildInsert(OID, row('17', 'acme   ', 'mine'));
    const found = await reduced([relation(), spelled], facts({ tables: [padded as never] }));
    expect(found![1]).toEqual(spelled);
  });
});

describe('what the application says about a transaction', () => {
  const told = buildMessage({
    ...{ transactional: true, lsn: lsn(100n), prefix: 'holdfast.context' },
    content: Buffer.from('{"actor":"somebody"}'),
  });

  it('stays with rows that may be the tenant’s, and with no others', async () => {
    const own = [relation(), told, buildInsert(OID, row('17', 'acme', 'mine'))];
    const others = [relation(), told, buildInsert(OID, row('17', 'other', 'secret'))];
    expect((await reduced(own))!.map(message => message[0])).toEqual(own.map(message => message[0]));
    expect((await reduced(others))!.some(message => message.includes('somebody'))).toBe(false);
  });
});

it('a truncation stays: it has no row', async () => {
  const message = buildTruncate({ options: 0, oids: [OID] });
  expect((await reduced([relation(), message]))![1]).toEqual(message);
});

it('nothing is kept of a run that changed nothing there', async () => {
  expect(await reduced([relation()])).toBeUndefined();
});
