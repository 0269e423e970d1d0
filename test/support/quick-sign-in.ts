/**
 * The superuser of a test server with the same password, in a verifier of one round in place of 4096: tests sign in tens of
 * thousands of times, and each round costs both sides. The format is PostgreSQL's own (RFC 5803).
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';

const ROUNDS = 1;

/** `url`: of the superuser, with its password. */
export async function quickSignIn(url: string): Promise<void> {
  const { username, password } = new URL(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`ALTER ROLE ${username} PASSWORD '${verifierOf(decodeURIComponent(password))}'`);
  } finally {
    await client.end();
  }
}

function verifierOf(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, ROUNDS, 32, 'sha256');
  const keyed = (name: string) => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${ROUNDS}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`;
}
