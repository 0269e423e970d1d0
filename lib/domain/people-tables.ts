/**
 * Tables of people who sign in. A person can belong to several tenants (through a membership table), so such a table
 * is neither a tenant's nor reference data until a person decides.
 */
import { bareName, spelling } from './name-match.ts';
import type { TableName, TableSchema } from './table-schema.ts';

const PEOPLE = /(^|_)(users?|accounts?|members?|persons?|people|profiles?|identit(y|ies)|logins?|admins?|staff)$/;
const MEMBERSHIP =
  /member|participant|collaborat|assignment|access|invit|seats?$|roles?$|users?$|(user|account|member)_?(org|team|account|work|tenant|compan)/;
const PERSONAL = /^(email|emailaddress|password|passwordhash|encryptedpassword|hashedpassword|passworddigest)$/;

export function isPeople(table: TableSchema | undefined): boolean {
  if (!table) return false;
  return PEOPLE.test(snake(table.table)) || table.columns.some(column => PERSONAL.test(spelling(column.name)));
}

/** Whether a reference of that name is to a person: user_id, memberId. */
export function isPersonColumn(name: string): boolean {
  return /^(users?|members?|persons?|people|accounts?|profiles?|participants?|identity|login)(id|uuid)?$/.test(
    spelling(name),
  );
}

/** Whether it joins people to tenants, by its name or by a key of these two columns. */
export function isMembership(table: TableSchema, person: string, tenant: string): boolean {
  const keys = [table.key, ...table.uniqueKeys.map(key => key.columns)];
  const joins = keys.some(key => key.length <= 3 && key.includes(person) && key.includes(tenant));
  return joins || MEMBERSHIP.test(snake(table.table));
}

function snake(table: TableName): string {
  return bareName(table)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
