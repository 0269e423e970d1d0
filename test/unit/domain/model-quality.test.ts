/** What a tenant model assumes, and how much of it the database proves. */
import { expect, test } from 'vitest';
import { classifyTables } from '../../../lib/domain/classify-tables.ts';
import { modelQuality } from '../../../lib/domain/model-quality.ts';
import { table } from '../../support/table-schema.ts';

const ORG = table('public.org', 'id!, name text');
const PROJECT = table('public.project', 'id!, org_id!', { references: { org_id: 'public.org.id' } });
const TASK = table('public.task', 'id!, project_id!', { references: { project_id: 'public.project.id' } });

const qualityOf = (...tables: (typeof ORG)[]) => modelQuality(classifyTables({ tables }).model, tables);

test('a model of declared NOT NULL references is proved', () => {
  expect(qualityOf(ORG, PROJECT, TASK)).toEqual({ score: 100, proved: 3, assumed: 0, open: 0, assumptions: [] });
});

test('a nullable path, a column without a foreign key and a table that nothing leads to are assumptions', () => {
  const loose = table('public.note', 'id!, project_id?', { references: { project_id: 'public.project.id' } });
  const named = table('public.event', 'id!, org_id!');
  const apart = table('public.currency', 'code! text');
  const { score, assumptions } = qualityOf(ORG, PROJECT, loose, named, apart);
  expect(assumptions.map(each => each.table)).toEqual(['public.event', 'public.note', 'public.currency']);
  expect(score).toBe(70);
});

test('an open question counts for nothing', () => {
  const users = table('public.users', 'id!, email! text');
  const members = table('public.members', 'org_id!, user_id!', {
    key: ['org_id', 'user_id'],
    references: { org_id: 'public.org.id', user_id: 'public.users.id' },
  });
  expect(qualityOf(ORG, users, members)).toMatchObject({ open: 1, proved: 2, score: 67 });
});
