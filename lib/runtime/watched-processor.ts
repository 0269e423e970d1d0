/** Whom a function asks how busy the processor of the source is; loaded with the first question. */
import type { AwsTarget } from '../aws/clients.ts';
import type { OperationsSettings } from '../domain/operations-settings.ts';
import { systemClock } from '../local/system-clock.ts';
import type { Deps } from '../ports.ts';

/** Nobody outside the region of the database that the deployment names, or where it names none. */
export function watchedProcessor(
  target: AwsTarget,
  { processor }: OperationsSettings,
): Partial<Pick<Deps, 'processor'>> {
  if (processor === undefined || processor.region !== target.region) return {};
  const { kind, identifier } = processor;
  let asking: Promise<() => Promise<number | null>> | undefined;
  const ask = async () => {
    const { databaseProcessor } = await import('../aws/database-processor.ts');
    return databaseProcessor(target, { kind, identifier }, () => systemClock.now().getTime());
  };
  return {
    processor: async () => {
      asking ??= ask();
      return (await asking)();
    },
  };
}
