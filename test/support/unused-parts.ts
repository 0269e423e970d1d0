/** The parts of the API that a test does not use: asking any of them fails, saying which. */
import type { ApiDeps } from '../../lib/api/api-deps.ts';
import { InputError } from '../../lib/domain/errors.ts';

type Parts = Pick<ApiDeps, 'kinds' | 'retentionOf' | 'evidenceConfiguration' | 'command' | 'operating' | 'selfService'>;

export function unusedParts(): Parts {
  const names: readonly (keyof Parts)[] = ['kinds', 'retentionOf', 'evidenceConfiguration', 'command'];
  const functions = names.map(name => [name, () => fail(name)]);
  const objects = (['operating', 'selfService'] as const).map(name => [name, new Proxy({}, { get: () => fail(name) })]);
  return Object.fromEntries([...functions, ...objects]) as Parts;
}

function fail(name: string): never {
  throw new InputError('needs-database', `This test of the API has no ${name}.`, { hint: 'Give it one.' });
}
