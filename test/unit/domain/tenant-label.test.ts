/** The column that gives tenants names, as the tenant model writes it. */
import { describe, expect, it } from 'vitest';
import { formatLabel, likelyLabel, parseLabel } from '../../../lib/domain/tenant-label.ts';
import { TenantModel } from '../../../lib/domain/tenant-model.ts';
import { table } from '../../support/table-schema.ts';

describe('a label', () => {
  it.each([
    ['public.accounts.name', { table: 'public.accounts', column: 'name' }],
    ['"My Schema"."Org".name', { table: '"My Schema"."Org"', column: 'name' }],
    ['public.orgs."Display ""Name"', { table: 'public.orgs', column: 'Display "Name' }],
  ])('%s is a table and a column, and is written as it was read', (text, label) => {
    expect(parseLabel(text)).toEqual(label);
    expect(formatLabel(label)).toBe(text);
  });

  it.each(['accounts.name', 'name', 'public.accounts.', 'a.b.c.d'])('%s is refused in a model', label => {
    expect(TenantModel.safeParse({ format: 'holdfast.tenant-model/1', label, tables: [] }).success).toBe(false);
  });

  it('is proposed for a text column that is called like a name', () => {
    expect(likelyLabel(table('public.org', 'id!, slug text, name text'))).toEqual({
      table: 'public.org',
      column: 'name',
    });
    expect(likelyLabel(table('public.org', 'id!, companyName text'))?.column).toBe('companyName');
    expect(likelyLabel(table('public.org', 'id!, name, plan text'))).toBeUndefined();
  });
});
