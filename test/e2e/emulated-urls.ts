/**
 * The URLs of the functions that people call. Their names do not resolve to the emulator, which answers under a path of its
 * own: the description of the installation names that, so that the command line reaches it and signs for it.
 */
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { installationParameter } from '../../lib/domain/installation.ts';
import type { Emulator } from './emulator.ts';

export async function useReachableUrls(emulator: Emulator, name: string, regions: readonly string[]): Promise<void> {
  for (const region of regions) {
    const ssm = new SSMClient({ ...emulator.target, region });
    const Name = installationParameter(name);
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    const url = async (fn: string) =>
      new URL(await emulator.functionUrl(`${name}-${fn}`, region), emulator.endpoint).href;
    const described = JSON.parse(Parameter!.Value!);
    const Value = JSON.stringify({
      ...described,
      ...(described.actionUrl && { actionUrl: await url('request-action') }),
      ...{ approvalUrl: await url('approve'), requestUrl: await url('request-restore') },
      ...{ acknowledgeUrl: await url('acknowledge-failure'), investigateUrl: await url('investigate') },
    });
    await ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true, Type: 'String' }));
  }
}
