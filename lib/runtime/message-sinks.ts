/** The webhooks of holdfast.yaml, with their secrets read from the environment or from files when a message is sent. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InputError } from '../domain/errors.ts';
import type { MessageSink } from '../local/message-sink.ts';
import { type Config, variableNamed } from './config.ts';

export function configuredSinks({ messages = [], file }: Pick<Config, 'messages' | 'file'>): MessageSink[] {
  const read = async (variable: string | undefined, path: string | undefined): Promise<string | undefined> => {
    if (path !== undefined) return (await readFile(resolve(dirname(file), path), 'utf8')).trim();
    return variable === undefined ? undefined : variableNamed(variable)?.trim();
  };
  return messages.map(({ name, kind, sends, urlVariable, urlFile, keyVariable, keyFile }) => ({
    ...{ name, kind, sends },
    async secret() {
      const url = await read(urlVariable, urlFile);
      const key = await read(keyVariable, keyFile);
      if (url) return { url, ...(key && { key }) };
      throw new InputError('missing-variable', `The URL of the sink ${name} is not set.`, {
        hint: 'Set the variable or write the file that `messages` in the configuration names.',
      });
    },
  }));
}
