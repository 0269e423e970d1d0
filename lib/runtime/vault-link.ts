/** Where people open an object of the vault: the console of AWS, for whoever may read the object. */
import type { FunctionConfig } from '../domain/function-config.ts';

export function vaultLink({ bucket, region }: Pick<FunctionConfig, 'bucket' | 'region'>): (key: string) => string {
  return key =>
    `https://${region}.console.aws.amazon.com/s3/object/${bucket}?region=${region}&prefix=${encodeURIComponent(key)}`;
}
