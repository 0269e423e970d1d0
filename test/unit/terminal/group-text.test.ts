import { expect, it } from 'vitest';
import { renderGroup } from '../../../bin/terminal/group-text.ts';
import { PLAIN } from '../../../bin/terminal/style.ts';
import type { GroupOutcome } from '../../../lib/domain/restore-group.ts';

const totals = { inserts: 1_234_567, updates: 1_234_567, deletes: 1_234_567 };
const OUTCOMES: Record<string, GroupOutcome> = {
  'a-tenant-with-a-rather-long-id': {
    state: 'failed',
    code: 'execution-timed-out',
    message: 'The execution timed out.',
  },
  b: { state: 'restored', restore: 'r', totals, conflicts: 12_345 },
  c: { state: 'previewed', totals, conflicts: 0, blocking: 0 },
  d: { state: 'unchanged' },
};

it('shows each tenant of a group and the sums within 80 columns', () => {
  const group = {
    ...{ format: 'holdfast.restore-group/1' as const, id: 'release-7', createdAt: '', installation: 'i', request: {} },
    ...{ tenants: [...Object.keys(OUTCOMES), 'e'], outcomes: OUTCOMES },
  };
  const text = renderGroup(group, { style: PLAIN, columns: 80 });
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  for (const words of ['failed: execution-timed-out', '12,345 conflicts', 'would change', 'unchanged', 'waiting'])
    expect(text.replaceAll(/\s+/g, ' ')).toContain(words);
  expect(text).toContain('5 tenants: 1 failed, 1 restored, 1 previewed, 1 unchanged, 1 waiting');
});
