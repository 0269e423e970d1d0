/**
 * Compares the S3 and DynamoDB requests of one function call with the planner's count for the same work. The work is
 * what the call touched at least once: so a second read of an object, or one more query, shows as a difference.
 */
import {
  commitSnapshotRequests,
  foldRequests,
  NO_REQUESTS,
  planSnapshotRequests,
  type RequestCounts,
  readPartRequests,
  shipRequests,
  verifyLiveRequests,
  verifySnapshotRequests,
} from '../../lib/planner/request-counts.ts';
import type { SentRequest } from './recorded-aws.ts';

export interface Call {
  readonly name: string;
  readonly sent: readonly SentRequest[];
}

export function askedBy({ sent }: Call): RequestCounts {
  const of = (service: string, test: (request: SentRequest) => boolean) =>
    sent.filter(request => request.service === service && test(request)).length;
  const reads = ['GetItem', 'Query'];
  return {
    get: of('s3', ({ method, key }) => ['GET', 'HEAD'].includes(method) && key !== ''),
    put: of('s3', ({ method }) => ['PUT', 'POST'].includes(method)),
    list: of('s3', ({ method, key }) => method === 'GET' && key === ''),
    reads: of('dynamodb', ({ target }) => reads.includes(target)),
    writes: sent
      .filter(({ service, target }) => service === 'dynamodb' && !reads.includes(target))
      .reduce((sum, { body }) => sum + (JSON.parse(body).TransactItems?.length ?? 1), 0),
  };
}

/**
 * Undefined where the planner does not count such a call: the first of a tenant, one that finds a gap, another
 * function.
 */
export function plannedFor(call: Call): RequestCounts | undefined {
  const { name, sent } = call;
  const wrote = (text: string) =>
    sent.some(({ target, body }) => target === 'TransactWriteItems' && body.includes(text));
  const segments = distinct(sent, /^log\/packs\//, 'GET');
  const documents = distinct(sent, /^log\/(manifests|indexes)\//, 'GET');
  const packs = distinct(sent, /^tenants\/\w+\/packs\//, 'HEAD');
  const blocks = distinct(sent, /^tenants\/\w+\/packs\//, 'GET');
  const incrementals = distinct(sent, /\/manifests\/incremental\//, 'GET');
  const based = distinct(sent, /\/manifests\/snapshot\//, 'GET') > 0;
  const stored = (key: RegExp) => distinct(sent, key, 'PUT', request => !request.query.has('retention'));
  switch (name) {
    case 'ship-log': {
      const digestKeysRead = distinct(sent, /\/digest-key$/, 'GET');
      if (digestKeysRead === 0 || wrote('gaps')) return undefined;
      return shipRequests({ activeTenants: digestKeysRead - 1, packs: stored(/^log\/packs\//), digestKeysRead });
    }
    case 'fold-tenant':
      return foldRequests({ documents, segments });
    case 'plan-snapshot':
      return based ? planSnapshotRequests({ documents, segments, packs }) : undefined;
    case 'read-part':
      return based ? readPartRequests({ packs: stored(/\/packs\//) }) : undefined;
    case 'commit-snapshot':
      return based ? commitSnapshotRequests({ earlierPacks: packs }) : undefined;
    case 'verify-backup':
      if (wrote('live-proofs')) return verifyLiveRequests({ documents, segments, incrementals, packs, blocks });
      return verifySnapshotRequests({ documents, packs, blocks });
    case 'list-shard':
      return { ...NO_REQUESTS, reads: 1 };
    case 'summarize-shard':
      return NO_REQUESTS;
  }
  return undefined;
}

function distinct(
  sent: readonly SentRequest[],
  key: RegExp,
  method: string,
  also: (request: SentRequest) => boolean = () => true,
): number {
  const found = sent.filter(
    each => each.service === 's3' && each.method === method && key.test(each.key) && also(each),
  );
  return new Set(found.map(each => `${each.key} ${each.range}`)).size;
}
