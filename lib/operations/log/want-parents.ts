/**
 * Looks ahead in a block for every parent that its rows will need, so that one statement looks up all of them. It
 * writes nothing and decides nothing: the owner of a row is decided when the router reaches it.
 */
import { MessageCursor } from '../../codec/message-cursor.ts';
import { TAG } from '../../codec/pgoutput.ts';
import { isRow } from '../../codec/row-change.ts';
import type { ParentStates } from './parent-states.ts';
import type { RelationRoute } from './relation-route.ts';
import type { RowOwner } from './row-owner.ts';

export interface Known {
  /** By oid, as in the log so far. */
  readonly routes: ReadonlyMap<number, RelationRoute>;
  readonly owners: RowOwner;
  readonly states: ParentStates;
}

/** Notes every parent that the block needs from `position` on. */
export function wantParents(block: Buffer, position: number, { routes, owners, states }: Known): void {
  const at = new MessageCursor();
  for (const route of rowsAhead(block, position, routes, at))
    if (route.parent !== undefined || route.canonical === 'folded') owners.want(route, at);
  // Later changes of those parents in the block answer without the database.
  for (const route of rowsAhead(block, position, routes, at))
    if (route.referenced.length > 0 && states.wants) owners.foresee(route, at);
}

/** Row changes in the rest of the block, up to a change of a table's definition: `at` is positioned at each. */
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
