/**
 * The doctor's findings about the event triggers that guard replica identities and record DDL in the log. Invariant:
 * nothing is created in their schema while an untrusted role could replace it there.
 */
import { type Finding, finding } from '../../domain/finding.ts';
import type { Connection } from '../../postgres/connection.ts';
import { DDL_TRIGGERS } from '../../postgres/log/ddl-triggers.ts';
import { identityGuard } from '../../postgres/log/identity-guard.ts';
import { isInstalled, TRIGGER_SCHEMA, triggerIntruders, triggerSql } from '../../postgres/log/trigger-schema.ts';
import type { RoleFacts } from '../../postgres/server/roles.ts';
import type { Context } from '../context.ts';

/** Which of our event triggers exist. */
export interface TriggerFacts {
  /** Roles that could replace the functions that they call. */
  readonly intruders: readonly string[];
  readonly guarded: boolean;
  readonly tellsDdl: boolean;
}

export async function readTriggers(
  connection: Connection,
  { publication }: Pick<Context, 'publication'>,
): Promise<TriggerFacts> {
  return {
    intruders: await triggerIntruders(connection),
    guarded: await isInstalled(connection, identityGuard(publication, false)),
    tellsDdl: await isInstalled(connection, DDL_TRIGGERS),
  };
}

/** `installer`: the role that would create them. */
export function examineTriggers(
  { publication }: Pick<Context, 'publication'>,
  installer: RoleFacts,
  { intruders, guarded, tellsDdl }: TriggerFacts,
): Finding[] {
  if (intruders.length > 0) return [foreignTriggerSchema(intruders)];
  return [...(guarded ? [] : [noGuard(publication, installer)]), ...(tellsDdl ? [] : [noDdlTriggers(installer)])];
}

/** DDL of the application that would remove a replica identity restores it in its own transaction. */
function noGuard(publication: string, { superuser, maySuppressTriggers }: RoleFacts): Finding {
  const sql = [triggerSql(identityGuard(publication, maySuppressTriggers))];
  const message =
    'No event trigger guards the replica identities: a migration that drops a key makes UPDATE and DELETE fail until the next run of ship repairs it.';
  if (superuser) return finding('identity-guard', 'warning', message, { sql, safe: true });
  const advice =
    'The role cannot create event triggers: run this once as a superuser, or the next run of ship repairs the identity.';
  return finding('identity-guard', 'info', message, { sql, advice });
}

/** A function there runs in every DDL statement, with superuser privileges when a superuser runs that statement. */
function foreignTriggerSchema(intruders: readonly string[]): Finding {
  const message = `The schema ${TRIGGER_SCHEMA}, meant for the functions of event triggers, belongs to, is writable by or holds functions of ${intruders.join(', ')}: nothing is created in it, because such a role could replace what runs in every DDL statement.`;
  const advice = `Find out who created it. Drop the event triggers that call a function in it, if there are any, then DROP SCHEMA ${TRIGGER_SCHEMA} CASCADE, and run doctor --fix again.`;
  return finding('foreign-trigger-schema', 'error', message, { advice });
}

/** Recorded DDL has the position of its transaction; without a record, only its run is known. */
function noDdlTriggers({ superuser }: RoleFacts): Finding {
  const message =
    'No event triggers record DDL in the log: after an unrecorded statement (a filled partition attached, a column converted), the table cannot be recovered from the end of the previous run on, instead of from the statement on.';
  const advice = `${superuser ? '' : 'Run this once as a superuser. '}They fail no statement of the application. Drop them before a major upgrade, and run doctor --fix after it.`;
  return finding('ddl-triggers', 'info', message, { sql: [triggerSql(DDL_TRIGGERS)], safe: superuser, advice });
}
