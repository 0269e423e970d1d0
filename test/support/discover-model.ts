/** Survey and proposal in one, for tests without questions in between. */

import {
  type DiscoverOptions,
  type Discovery,
  proposeModel,
  surveyDatabase,
} from '../../lib/operations/model/discover-model.ts';
import type { Source } from '../../lib/postgres/connection.ts';

export async function discoverModel(deps: { source: Source }, options: DiscoverOptions = {}): Promise<Discovery> {
  return proposeModel(await surveyDatabase(deps, options), options);
}
