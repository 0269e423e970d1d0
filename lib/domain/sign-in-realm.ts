/**
 * Where a person signed in: to AWS, at the issuer of the console, or at the application's own. Invariant: one person can have
 * an identity of IAM and an account of the console, and nothing says that the two are one; so what needs a second person is
 * never split between these two. Tenants' administrators are no operators, whose accounts the application's issuer has.
 */

/** `ISSUER#SUBJECT`, as a token names its caller (api/token-door.ts). */
const ACCOUNT = /^(https?:\/\/[^\s#]+)#\S+$/u;

/** Whether the name is that of an account, which a token named. */
export function isAccount(name: string): boolean {
  return ACCOUNT.test(name);
}

/** Whether they may be one person who signed in at two places. `selfIssuer`: that of tenants' administrators. */
export function maySignInTwice(one: string, other: string, selfIssuer: string | undefined): boolean {
  const [ours, theirs] = [signedInAt(one, selfIssuer), signedInAt(other, selfIssuer)];
  return ours !== theirs && ours !== 'application' && theirs !== 'application';
}

/** Of a name as a request has it. `selfIssuer`: that of tenants' administrators. */
export function signedInAt(name: string, selfIssuer: string | undefined): 'aws' | 'console' | 'application' {
  const issuer = ACCOUNT.exec(name)?.[1];
  if (issuer === undefined) return 'aws';
  return issuer === selfIssuer ? 'application' : 'console';
}
