/**
 * The certificate authorities with which functions verify the database: those of Amazon RDS, from a pinned file in this
 * repository, or a file of the deployment. A region that the pinned file does not cover is refused when the stacks are
 * synthesized, not when the first function connects.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../domain/errors.ts';
import type { Deployment } from '../deployment.ts';

const PINNED = join(import.meta.dirname, '../../aws/rds-ca.pem');

/** `own`: the path of the deployment's file. InputError `no-database-ca`. */
export function databaseCertificates(
  { source, regions }: Pick<Deployment, 'source' | 'regions'>,
  own?: string,
): string {
  if (own !== undefined) return readOwn(own);
  const pinned = readFileSync(PINNED, 'utf8');
  const used = [regions.primary, ...(source.standby && regions.secondary ? [regions.secondary] : [])];
  const missing = used.find(region => !pinned.includes(`Amazon RDS ${region} Root CA`));
  if (source.tls && missing !== undefined)
    throw unknown(`The RDS certificates of ${missing} do not come with this version.`);
  return pinned;
}

function readOwn(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch {
    throw unknown(`The file ${file} cannot be read.`);
  }
  throw unknown(`The file ${file} contains no certificate.`);
}

function unknown(what: string): InputError {
  return new InputError('no-database-ca', `The certificate authorities of the database are missing. ${what}`, {
    hint: 'Download global-bundle.pem, which AWS publishes, and name it in source.certificates.',
  });
}
