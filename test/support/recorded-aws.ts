/**
 * A proxy between functions and the servers that emulate AWS that records what each request requires of IAM: actions,
 * resources, their conditions, and the credentials. So a test can evaluate what the operations really do against the
 * policies that they will run under, which these servers do not enforce.
 */
import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

// biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the service's protocol says
type Loose = any;

export interface RecordedRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Record<string, string | string[]>;
  /** Access key of the function itself, also where it used a session's. */
  readonly by: string;
  /** The session, as requested from STS; absent for the function's own credentials. */
  readonly session?: { readonly role: string; readonly policy: Loose };
}

/** One request as sent; for S3 the object's key, for DynamoDB the operation and its input. */
export interface SentRequest {
  readonly by: string;
  readonly service: string;
  readonly region: string;
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly range: string;
  readonly target: string;
  readonly body: string;
  /** When it arrived and when it was answered, in milliseconds of this process; `until` is Infinity before. */
  readonly from: number;
  readonly until: number;
}

export interface RecorderOptions {
  readonly account: string;
  /** Port of the server that answers this request; `target`: X-Amz-Target of the JSON protocols. */
  route(service: string, target: string): number;
  /** Regions whose requests are never answered. */
  silent?(region: string): boolean;
  /** Awaited after the server's answer, before it is passed on: mends what the server left out. */
  beforeAnswer?(request: SentRequest, headers: IncomingHttpHeaders): Promise<void>;
  /** Alias of the key that encrypts the bucket at rest, and the one that encrypts topics. */
  readonly vaultKey: string;
  readonly noticesKey: string;
}

export interface Recorder {
  readonly endpoint: string;
  /** The requests since the last call. */
  taken(): RecordedRequest[];
  /** Everything sent so far. */
  readonly sent: readonly SentRequest[];
  stop(): Promise<void>;
}

interface Seen {
  readonly service: string;
  readonly region: string;
  readonly accessKey: string;
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Ask = Omit<RecordedRequest, 'session' | 'by'>;

interface Session {
  readonly by: string;
  readonly role: string;
  readonly policy: Loose;
}

export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const sessions = new Map<string, Session>();
  const sent: SentRequest[] = [];
  let kept: RecordedRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = await wholeOf(incoming);
    const seen = seenOf(incoming, body.toString('utf8'));
    const session = sessions.get(seen.accessKey);
    const by = session?.by ?? seen.accessKey;
    kept.push(...asksOf(seen, options).map(ask => ({ ...ask, by, ...(session && { session }) })));
    const asked = { ...sentOf(seen, by), from: performance.now(), until: Infinity };
    sent.push(asked);
    if (options.silent?.(seen.region)) return;
    const port = options.route(seen.service, String(seen.headers['x-amz-target'] ?? ''));
    const { method, url, headers } = incoming;
    const forward = httpRequest({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, async answer => {
      const whole = await wholeOf(answer);
      if (seen.service === 'sts') noteSession(sessions, seen, whole.toString('utf8'));
      await options.beforeAnswer?.(asked, headers);
      const { 'transfer-encoding': _, ...rest } = answer.headers;
      outgoing.writeHead(answer.statusCode!, rest);
      outgoing.end(whole);
      asked.until = performance.now();
    });
    forward.on('error', () => incoming.socket.destroy());
    forward.end(body);
  });
  // A process that waits for its next call keeps its connections.
  server.keepAliveTimeout = 0;
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken() {
      const taken = kept;
      kept = [];
      return taken;
    },
    sent,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function wholeOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece);
  return Buffer.concat(pieces);
}

function seenOf(incoming: IncomingMessage, body: string): Seen {
  const scope = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(String(incoming.headers.authorization));
  if (scope === null) throw new Error(`A request without a signature: ${incoming.method} ${incoming.url}`);
  const [, accessKey, region, service] = scope as unknown as [string, string, string, string];
  const url = new URL(incoming.url!, 'http://server');
  return { service, region, accessKey, method: incoming.method!, url, headers: incoming.headers, body };
}

function sentOf(
  { service, region, method, url, headers, body }: Seen,
  by: string,
): Omit<SentRequest, 'from' | 'until'> {
  const [, , ...key] = url.pathname.split('/');
  return {
    ...{ by, service, region, method, key: decodeURIComponent(key.join('/')), query: url.searchParams, body },
    range: String(headers.range ?? ''),
    target: String(headers['x-amz-target'] ?? '').split('.')[1] ?? '',
  };
}

function noteSession(sessions: Map<string, Session>, { accessKey: by, body }: Seen, answer: string): void {
  const accessKey = /<AccessKeyId>([^<]+)</.exec(answer)?.[1];
  const asked = new URLSearchParams(body);
  if (accessKey === undefined) return;
  sessions.set(accessKey, { by, role: asked.get('RoleArn')!, policy: JSON.parse(asked.get('Policy')!) });
}

function asksOf(seen: Seen, options: RecorderOptions): Ask[] {
  const form = new URLSearchParams(seen.body);
  const target = String(seen.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
  switch (seen.service) {
    case 's3':
      return s3Asks(seen, options);
    case 'kms':
      return kmsAsks(seen, target, options);
    case 'dynamodb':
      return dynamoAsks(seen, target, options);
    case 'sns':
      return [
        { action: `sns:${form.get('Action')}`, resource: form.get('TopicArn')!, context: {} },
        ...['Decrypt', 'GenerateDataKey'].map(action => keyAsk(seen, options, action, { alias: options.noticesKey })),
      ];
    case 'sts':
      return [{ action: `sts:${form.get('Action')}`, resource: form.get('RoleArn')!, context: {} }];
    case 'states': {
      const named = JSON.parse(seen.body);
      // Requests that answer a task name no resource.
      return [
        { action: `states:${target}`, resource: named.stateMachineArn ?? named.executionArn ?? '*', context: {} },
      ];
    }
    case 'secretsmanager':
      return [{ action: `secretsmanager:${target}`, resource: JSON.parse(seen.body).SecretId, context: {} }];
    default:
      throw new Error(`No function speaks to ${seen.service}.`);
  }
}

/** As https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html has it. */
function s3Asks(seen: Seen, options: RecorderOptions): Ask[] {
  const [, bucket, ...rest] = seen.url.pathname.split('/');
  const key = decodeURIComponent(rest.join('/'));
  const query = seen.url.searchParams;
  const arn = `arn:aws:s3:::${bucket}`;
  if (key === '') {
    const action = query.has('versions') ? 's3:ListBucketVersions' : 's3:ListBucket';
    const prefix = query.get('prefix');
    return [{ action, resource: arn, context: prefix === null ? {} : { 's3:prefix': prefix } }];
  }
  const actions = objectActions(seen, query);
  const atRest = { alias: options.vaultKey, encryption: { 'aws:s3:arn': arn } };
  // Other buckets have keys of S3 itself.
  const isVault = bucket!.includes('-vault-');
  const stores = isVault && actions.includes('PutObject');
  const opens = stores || actions.some(action => /^GetObject(Version)?$/.test(action));
  return [
    ...actions.map(action => ({
      ...{ action: `s3:${action}`, resource: `${arn}/${key}` },
      context: action === 'PutObjectLegalHold' ? { 's3:object-lock-legal-hold': holdIn(seen) } : {},
    })),
    ...(stores ? [keyAsk(seen, options, 'GenerateDataKey', atRest)] : []),
    ...(opens ? [keyAsk(seen, options, 'Decrypt', atRest)] : []),
  ];
}

/** The status that a request sets: of a new object in a header, of an existing one in the body. */
function holdIn({ headers, body }: Seen): string {
  return String(headers['x-amz-object-lock-legal-hold'] ?? /<Status>(\w+)<\/Status>/.exec(body)?.[1] ?? '');
}

function objectActions({ method, headers }: Seen, query: URLSearchParams): string[] {
  const versioned = query.has('versionId');
  const verb = method === 'GET' || method === 'HEAD' ? 'Get' : 'Put';
  if (query.has('tagging')) return [`${verb}Object${versioned ? 'Version' : ''}Tagging`];
  if (query.has('retention')) return [`${verb}ObjectRetention`];
  if (query.has('legal-hold')) return [`${verb}ObjectLegalHold`];
  if (method === 'DELETE' && query.has('uploadId')) return ['AbortMultipartUpload'];
  if (method === 'DELETE') return [versioned ? 'DeleteObjectVersion' : 'DeleteObject'];
  if (method === 'GET' && query.has('uploadId')) return ['ListMultipartUploadParts'];
  // The lock in the response is shown to callers who can read it.
  if (verb === 'Get') return [versioned ? 'GetObjectVersion' : 'GetObject', 'GetObjectRetention', 'GetObjectLegalHold'];
  return [
    'PutObject',
    ...(headers['x-amz-object-lock-mode'] ? ['PutObjectRetention'] : []),
    ...(headers['x-amz-object-lock-legal-hold'] ? ['PutObjectLegalHold'] : []),
    ...(headers['x-amz-tagging'] ? ['PutObjectTagging'] : []),
  ];
}

interface KeyFacts {
  readonly alias?: string;
  readonly encryption?: Record<string, string>;
  readonly region?: string;
}

/** A tenant's key has no alias here: in KMS a new alias can take minutes to become effective. */
function keyAsk(seen: Seen, options: RecorderOptions, action: string, facts: KeyFacts): Ask {
  const encryption = Object.entries(facts.encryption ?? {});
  return {
    action: `kms:${action}`,
    resource: `arn:aws:kms:${facts.region ?? seen.region}:${options.account}:key/mrk-0123456789abcdef`,
    context: {
      ...(facts.alias && { 'kms:ResourceAliases': [facts.alias] }),
      'kms:MultiRegion': 'true',
      ...Object.fromEntries(encryption.map(([key, value]) => [`kms:EncryptionContext:${key}`, value])),
    },
  };
}

/** Of keys that were made here, by key id. */
const aliases = new Map<string, string>();
/** Made long before, by other processes: their aliases are effective. */
const ON_OLD_KEYS = ['ScheduleKeyDeletion', 'CancelKeyDeletion', 'EnableKey'];

function kmsAsks(seen: Seen, action: string, options: RecorderOptions): Ask[] {
  const body = JSON.parse(seen.body);
  if (action === 'CreateAlias') aliases.set(body.TargetKeyId, body.AliasName);
  const old = ON_OLD_KEYS.includes(action) ? aliases.get(body.KeyId) : undefined;
  const named = typeof body.KeyId === 'string' && /^alias\/[\w-]+\/(vault|signing|notices|pool)$/.test(body.KeyId);
  // All signatures use the single signing key; its alias is long effective.
  const signing = ['Sign', 'GetPublicKey'].includes(action);
  const facts = {
    ...(named && { alias: body.KeyId }),
    ...(old !== undefined && { alias: old }),
    ...(signing && { alias: `${options.vaultKey.replace(/vault$/, 'signing')}` }),
    encryption: body.EncryptionContext,
  };
  switch (action) {
    case 'CreateKey':
      return ['CreateKey', 'TagResource'].map(each => ({
        ...withTags(keyAsk(seen, options, each, {}), body),
        resource: '*',
      }));
    case 'ListResourceTags':
    case 'TagResource':
    case 'UntagResource':
      // The alias of a tenant under legal hold is long effective.
      return [withTags(keyAsk(seen, options, action, { alias: `alias/holdfast/${'a'.repeat(26)}` }), body)];
    case 'CreateAlias':
      return [
        {
          ...{ action: 'kms:CreateAlias', context: {} },
          resource: `arn:aws:kms:${seen.region}:${options.account}:${body.AliasName}`,
        },
        keyAsk(seen, options, action, {}),
      ];
    case 'ReplicateKey':
      return [
        withRegion(keyAsk(seen, options, action, {}), body.ReplicaRegion),
        ...['CreateKey', 'TagResource'].map(each => ({
          ...{ ...withTags(keyAsk(seen, options, each, { region: body.ReplicaRegion }), body), resource: '*' },
        })),
      ];
    case 'ReEncrypt':
      return [
        keyAsk(seen, options, 'ReEncryptFrom', { encryption: body.SourceEncryptionContext }),
        keyAsk(seen, options, 'ReEncryptTo', { encryption: body.DestinationEncryptionContext }),
      ];
    default:
      return [keyAsk(seen, options, action, facts)];
  }
}

/** The tags that a request names. */
function withTags(ask: Ask, { Tags = [], TagKeys = [] }: Loose): Ask {
  const keys: string[] = [...Tags.map(({ TagKey }: Loose) => TagKey), ...TagKeys];
  if (keys.length === 0) return ask;
  const values = Tags.map(({ TagKey, TagValue }: Loose) => [`aws:RequestTag/${TagKey}`, TagValue]);
  return { ...ask, context: { ...ask.context, 'aws:TagKeys': keys, ...Object.fromEntries(values) } };
}

function withRegion(ask: Ask, region: string): Ask {
  return { ...ask, context: { ...ask.context, 'kms:ReplicaRegion': region } };
}

/** A transaction is authorized item by item. */
function dynamoAsks(seen: Seen, action: string, options: RecorderOptions): Ask[] {
  const body = JSON.parse(seen.body);
  const about = (each: string, { TableName }: Loose, partition: Loose): Ask => ({
    action: `dynamodb:${each}`,
    resource: `arn:aws:dynamodb:${seen.region}:${options.account}:table/${TableName}`,
    context: { 'dynamodb:LeadingKeys': [partition?.S ?? ''] },
  });
  const keyOf = (key: Loose) => key?.['branch-key-id'] ?? key?.pk;
  if (action === 'TransactWriteItems') {
    return body.TransactItems.flatMap((item: Loose) =>
      Object.entries(item).map(([kind, write]: [string, Loose]) =>
        about(kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`, write, keyOf(write.Key ?? write.Item)),
      ),
    );
  }
  if (action === 'Query') return [about(action, body, Object.values(body.ExpressionAttributeValues ?? {})[0])];
  return [about(action, body, keyOf(body.Key ?? body.Item))];
}
