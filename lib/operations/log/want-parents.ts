/**
 * Looks ahead in a block for every parent that its rows will ask for, so that one statement answers all of them. A look
 * ahead writes nothing and decides nothing: whose a row is, is told when the router reaches it.
 */
import { MessageCursor } from '../../codec/message-cursor.ts';
import { TAG } from '../../codec/pgoutput.ts';
import { isRow } from '../../codec/row-change.ts';
import type { ParentStates } from './parent-states.ts';
import type { RelationRoute } from './relation-route.ts';
import type { RowOwner } from './row-owner.ts';

export interface Known {
  /** By oid, as the log has told them so far. */
  readonly routes: ReadonlyMap<number, RelationRoute>;
  readonly owners: RowOwner;
  readonly states: ParentStates;
}

/** Notes every parent that the block asks for from `position` on. */
export function wantParents(block: Buffer, position: number, { routes, owners, states }: Known): void {
  const at = new MessageCursor();
  for (const route of rowsAhead(block, position, routes, at))
    if (route.parent !== undefined || route.canonical === 'folded') owners.want(route, at);
  // What changes of those parents further on say of them answers without the database.
  for (const route of rowsAhead(block, position, routes, at))
    if (route.referenced.length > 0 && states.wants) owners.foresee(route, at);
}

/** Row changes in the rest of the block, as far as tables are as they are now: `at` stands at each. */
function* rowsAhead(
  block: Buffer,
  position: number,
  routes: Known['routes'],
  at: MessageCursor,
): Generator<RelationRoute> {
  for (let next = position; next < block.byteLength; next = at.end) {
    if (!at.toCopyData(block, next)) continue;
    const { tag } = at;
    if (tag === TAG.truncate || (tag === TAG.relation && routes.has(at.relation))) return;
    const route = isRow(tag) ? routes.get(at.relation) : undefined;
    if (route === undefined || route.kind === 'ignored') continue;
    at.findTuples();
    yield route;
  }
}
