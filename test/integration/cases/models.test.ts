/**
 * Models of schemas shaped like public applications, with data: how many questions each raises, and that nothing is
 * guessed. The shapes and names are our own.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { isOwned, type TenantModel } from '../../../lib/domain/tenant-model.ts';
import { checkModel } from '../../../lib/operations/model/check-model.ts';
import type { DiscoverOptions, Discovery } from '../../../lib/operations/model/discover-model.ts';
import { formatModel, parseModel } from '../../../lib/operations/model/model-file.ts';
import { takeSnapshot } from '../../../lib/operations/snapshot/take-snapshot.ts';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { discoverModel } from '../../support/discover-model.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../../support/postgres.ts';
import { protect } from '../../support/protected-database.ts';

interface Shape {
  readonly name: string;
  readonly sql: string;
  readonly options?: DiscoverOptions;
  /** Patterns, in the order of their questions. */
  readonly asks: string[];
  /** Tables that must be owned by tenants; the list must contain all of them. */
  readonly owned: string[];
  readonly shared: string[];
}

/** Sixty tables with a tenant column in two spellings, some without a foreign key, and their children. */
const ORM = Array.from(
  { length: 30 },
  (_, i) => `
  CREATE TABLE part${i} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    ${i % 2 ? '"workspaceId"' : 'workspace_id'} uuid NOT NULL ${i % 3 === 2 ? '' : 'REFERENCES workspaces'}, title text);
  CREATE TABLE part${i}_item (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), part_ref uuid NOT NULL ${i % 5 === 4 ? '' : `REFERENCES part${i}`}, n int);
  INSERT INTO part${i} (${i % 2 ? '"workspaceId"' : 'workspace_id'}, title) SELECT id, 'x' FROM workspaces;
  INSERT INTO part${i}_item (part_ref, n) SELECT id, 1 FROM part${i};`,
).join('');

const SHAPES: Shape[] = [
  {
    name: 'one tenant column in every table, uuid keys, 61 tables, some foreign keys missing',
    sql: `CREATE TABLE workspaces (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text);
      INSERT INTO workspaces (name) SELECT 'w' FROM generate_series(1, 5);${ORM}`,
    // The name part_ref does not lead to part4: its values do.
    asks: ['reference:part_ref'],
    owned: [
      'workspaces',
      ...Array.from({ length: 30 }, (_, i) => `part${i}`),
      ...[0, 1, 2, 3, 5, 6, 7, 8].map(i => `part${i}_item`),
    ],
    shared: [],
  },
  {
    name: 'a tenant column that was added later and never filled in',
    sql: `CREATE TABLE org (id int PRIMARY KEY);
      CREATE TABLE project (id int PRIMARY KEY, org_id int NOT NULL REFERENCES org);
      CREATE TABLE team (id int PRIMARY KEY, org_id int NOT NULL REFERENCES org);
      CREATE TABLE run (id int PRIMARY KEY, project_id int NOT NULL REFERENCES project, org_id int, v text);
      INSERT INTO org VALUES (1), (2); INSERT INTO project VALUES (1, 1), (2, 2); INSERT INTO team VALUES (1, 1);
      INSERT INTO run VALUES (1, 1, 1, 'new'), (2, 1, NULL, 'old'), (3, 2, NULL, 'old');`,
    asks: [],
    owned: ['org', 'project', 'team', 'run'],
    shared: [],
  },
  {
    name: 'Rails without foreign keys: accounts, memberships, polymorphic rows, stored files',
    sql: `CREATE TABLE accounts (id bigserial PRIMARY KEY, name text);
      CREATE TABLE schema_migrations (version text PRIMARY KEY);
      CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL UNIQUE, encrypted_password text);
      CREATE TABLE account_users (id bigserial PRIMARY KEY, account_id bigint NOT NULL, user_id bigint NOT NULL, UNIQUE (account_id, user_id));
      CREATE TABLE inboxes (id bigserial PRIMARY KEY, account_id bigint NOT NULL, channel_type text, channel_id bigint);
      CREATE TABLE conversations (id bigserial PRIMARY KEY, account_id bigint NOT NULL, inbox_id bigint NOT NULL);
      CREATE TABLE messages (id bigserial PRIMARY KEY, account_id bigint NOT NULL, conversation_id bigint NOT NULL, body text);
      CREATE TABLE inbox_members (id bigserial PRIMARY KEY, user_id bigint NOT NULL, inbox_id bigint NOT NULL);
      CREATE TABLE access_tokens (id bigserial PRIMARY KEY, owner_type text, owner_id bigint, token text);
      CREATE TABLE blobs (id bigserial PRIMARY KEY, key text NOT NULL UNIQUE);
      CREATE TABLE attachments (id bigserial PRIMARY KEY, record_type text NOT NULL, record_id bigint NOT NULL, blob_id bigint NOT NULL REFERENCES blobs);
      INSERT INTO accounts (name) VALUES ('a'), ('b');
      INSERT INTO users (email) SELECT n || '@example.org' FROM generate_series(1, 9) n;
      INSERT INTO account_users (account_id, user_id) SELECT 1 + n % 2, n FROM generate_series(1, 9) n;
      INSERT INTO inboxes (account_id) VALUES (1), (2), (2);
      INSERT INTO conversations (account_id, inbox_id) SELECT 1 + n % 2, 1 + n % 3 FROM generate_series(1, 12) n;
      INSERT INTO messages (account_id, conversation_id) SELECT account_id, id FROM conversations;
      INSERT INTO inbox_members (user_id, inbox_id) SELECT n, 1 + n % 3 FROM generate_series(1, 9) n;`,
    asks: [
      'accounts:public.users',
      'polymorphic:owner_type,owner_id',
      'polymorphic:record_type,record_id',
      'referred:public.blobs',
      'reference:inbox_id',
      'tenant',
    ],
    owned: ['accounts', 'account_users', 'inboxes', 'conversations', 'messages'],
    shared: ['schema_migrations'],
  },
  {
    name: 'Prisma: quoted names, people with a current organisation, join tables, a settings row for each',
    sql: `CREATE TABLE "User" (id text PRIMARY KEY, email text UNIQUE, "currentOrganisationId" text);
      CREATE TABLE "OrgSettings" (id text PRIMARY KEY, theme text);
      CREATE TABLE "Organisation" (id text PRIMARY KEY, "settingsId" text NOT NULL UNIQUE REFERENCES "OrgSettings");
      ALTER TABLE "User" ADD FOREIGN KEY ("currentOrganisationId") REFERENCES "Organisation";
      CREATE TABLE "Member" ("organisationId" text NOT NULL REFERENCES "Organisation", "userId" text NOT NULL REFERENCES "User", PRIMARY KEY ("organisationId", "userId"));
      CREATE TABLE "Session" (id text PRIMARY KEY, "userId" text NOT NULL REFERENCES "User");
      CREATE TABLE "Document" (id text PRIMARY KEY, "organisationId" text NOT NULL REFERENCES "Organisation", "authorId" text NOT NULL REFERENCES "User");
      CREATE TABLE "Tag" (id text PRIMARY KEY, "organisationId" text NOT NULL REFERENCES "Organisation");
      CREATE TABLE "_DocumentToTag" ("A" text NOT NULL REFERENCES "Document", "B" text NOT NULL REFERENCES "Tag", PRIMARY KEY ("A", "B"));
      CREATE TABLE "_TagToMember" ("A" text NOT NULL REFERENCES "Tag", "B" text NOT NULL REFERENCES "Document", PRIMARY KEY ("A", "B"));
      INSERT INTO "OrgSettings" VALUES ('s1'), ('s2'); INSERT INTO "Organisation" VALUES ('o1', 's1'), ('o2', 's2');
      INSERT INTO "User" VALUES ('u1', 'a@example.org', 'o1'), ('u2', 'b@example.org', NULL);`,
    asks: ['accounts:public."User"', 'path:A|B', 'referred:public."OrgSettings"'],
    owned: ['"Organisation"', '"Member"', '"Document"', '"Tag"', '"_DocumentToTag"', '"_TagToMember"'],
    shared: [],
  },
  {
    name: 'Django: realms, messages reached through people, content types',
    sql: `CREATE TABLE django_content_type (id int PRIMARY KEY, model text UNIQUE);
      CREATE TABLE chat_realm (id int PRIMARY KEY, name text);
      CREATE TABLE chat_userprofile (id int PRIMARY KEY, realm_id int NOT NULL REFERENCES chat_realm, email text);
      CREATE TABLE chat_stream (id int PRIMARY KEY, realm_id int NOT NULL REFERENCES chat_realm);
      CREATE TABLE chat_message (id int PRIMARY KEY, sender_id int NOT NULL REFERENCES chat_userprofile, stream_id int REFERENCES chat_stream);
      CREATE TABLE chat_usermessage (id int PRIMARY KEY, user_profile_id int NOT NULL REFERENCES chat_userprofile, message_id int NOT NULL REFERENCES chat_message);
      CREATE TABLE chat_reaction (id int PRIMARY KEY, user_profile_id int NOT NULL REFERENCES chat_userprofile, message_id int NOT NULL REFERENCES chat_message);
      CREATE TABLE tagging (id int PRIMARY KEY, content_type_id int NOT NULL REFERENCES django_content_type, object_id int NOT NULL);
      INSERT INTO chat_realm VALUES (1), (2);`,
    asks: ['polymorphic:content_type_id,object_id'],
    owned: ['chat_realm', 'chat_userprofile', 'chat_stream', 'chat_message', 'chat_usermessage', 'chat_reaction'],
    shared: ['django_content_type'],
  },
];

const openly = (discovery: Discovery) => discovery.questions.map(question => question.pattern).sort();
const kinds = ({ model }: Discovery, test: (kind: string) => boolean) =>
  model.tables
    .filter(table => test(table.kind))
    .map(table => table.table.replace('public.', ''))
    .sort();

for (const version of PG_VERSIONS) {
  describe(`schemas as they are, on PostgreSQL ${version}`, () => {
    const databases: TestDatabase[] = [];
    const made = async (sql: string) => {
      const db = await testDatabase(version);
      databases.push(db);
      await db.query(sql);
      return db;
    };
    afterAll(async () => {
      for (const db of databases) await db.drop();
    });

    test.each(SHAPES)('$name', async ({ sql, options, asks, owned, shared }) => {
      const db = await made(sql);
      const found = await discoverModel(db, options);
      expect(openly(found)).toEqual([...asks].sort());
      expect(kinds(found, kind => ['root', 'direct', 'via'].includes(kind))).toEqual(
        expect.arrayContaining([...owned].sort()),
      );
      expect(kinds(found, kind => kind === 'shared')).toEqual([...shared].sort());
      expect(parseModel(formatModel(found.model), 'model.yaml')).toEqual(found.model);
      // Every undecided table is reported as unprotected, with its question or without.
      const silent = {
        ...found.model,
        tables: found.model.tables.map(({ question: _, ...table }) => table),
      } as TenantModel;
      const check = await withConnection(db.source, 'test', connection => checkModel(connection, silent));
      const alarmed = check.problems.filter(problem => problem.severity === 'error').map(problem => problem.table);
      for (const name of kinds(found, kind => kind === 'undecided')) expect(alarmed).toContain(`public.${name}`);
    });

    test('undeclared references: the values are sampled, answers by pattern decide and are kept', async () => {
      const db = await made(`CREATE TABLE tenants (id int PRIMARY KEY);
        CREATE TABLE orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id int NOT NULL REFERENCES tenants);
        CREATE TABLE items (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id uuid NOT NULL);
        CREATE TABLE imports (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id uuid NOT NULL);
        CREATE TABLE stray (id int PRIMARY KEY, origin uuid NOT NULL DEFAULT gen_random_uuid());
        INSERT INTO tenants VALUES (1), (2); INSERT INTO orders (tenant_id) SELECT 1 + n % 2 FROM generate_series(1, 40) n;
        INSERT INTO items (order_id) SELECT id FROM orders; INSERT INTO imports (order_id) SELECT gen_random_uuid() FROM orders;
        INSERT INTO stray SELECT n FROM generate_series(1, 40) n`);
      const found = await discoverModel(db);
      const texts = found.questions.flatMap(question => question.tables.map(table => [table.table, table.question]));
      expect(texts).toEqual(
        [
          ['public.imports', expect.stringContaining('only 0 of 40 sampled')],
          ['public.items', expect.stringContaining('40 of 40 sampled')],
        ].sort((a, b) => texts.findIndex(text => text[0] === a[0]) - texts.findIndex(text => text[0] === b[0])),
      );
      expect(kinds(found, kind => kind === 'shared')).toEqual(['stray']);
      await expect(discoverModel(db, { answers: { 'reference:nothing': 'shared' } })).rejects.toMatchObject({
        code: 'no-such-pattern',
      });
      await expect(discoverModel(db, { answers: { 'reference:*': 'nonsense' } })).rejects.toMatchObject({
        code: 'no-such-answer',
      });
      const answered = await discoverModel(db, { existing: found.model, answers: { 'reference:order_*': 'order_id' } });
      expect(answered.questions).toEqual([]);
      expect(answered.added.map(table => table.table).sort()).toEqual(['public.imports', 'public.items']);
      const file = parseModel(formatModel(answered.model), 'model.yaml');
      expect(file.answers).toEqual({ 'reference:order_*': 'order_id' });
      // A table created later raises no question again.
      await db.query('CREATE TABLE returns (id int PRIMARY KEY, order_id uuid NOT NULL)');
      const later = await discoverModel(db, { existing: file });
      expect(later.questions).toEqual([]);
      expect(later.model.tables.find(table => table.table === 'public.returns')).toMatchObject({ kind: 'via' });
      expect(later.model.tables.slice(0, file.tables.length)).toEqual(file.tables);
    });

    test('rows of an open question are backed up where there is a proposal, and reported as unprotected where there is none', async () => {
      const db = await testDatabase(version);
      await db.query(`CREATE TABLE tenants (id int PRIMARY KEY);
        CREATE TABLE a (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants); CREATE TABLE b (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants);
        CREATE TABLE ab (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a, b_id int NOT NULL REFERENCES b);
        CREATE TABLE note (id int PRIMARY KEY, about_type text, about_id int);
        INSERT INTO tenants VALUES (1), (2); INSERT INTO a VALUES (1, 1), (2, 2); INSERT INTO b VALUES (1, 1), (2, 2);
        INSERT INTO ab VALUES (1, 1, 1), (2, 2, 2); INSERT INTO note VALUES (1, 'a', 1)`);
      const world = await protect(db, { owners: { ab: '(SELECT a.tenant_id FROM a WHERE a.id = t.a_id)' } });
      try {
        expect(world.ctx.model.tables.filter(table => !isOwned(table)).map(table => table.kind)).toEqual(['undecided']);
        const good = await world.moment();
        await db.query('DELETE FROM ab WHERE id = 1');
        await world.restoreTo(good, '1', { exclude: ['note'] });
        const taken = await takeSnapshot(world.ctx, tenantId('1'), {});
        expect(taken.unprotected).toEqual(['public.note']);
      } finally {
        await world.dispose();
      }
    });

    test('tenants with a key of two columns are refused by discover, and by a snapshot with any model', async () => {
      const db = await testDatabase(version);
      await db.query(`CREATE TABLE tenants (region text, id int, PRIMARY KEY (region, id));
        CREATE TABLE docs (id int PRIMARY KEY, region text NOT NULL, tenant_id int NOT NULL, FOREIGN KEY (region, tenant_id) REFERENCES tenants);
        INSERT INTO tenants VALUES ('eu', 1), ('us', 1); INSERT INTO docs VALUES (1, 'eu', 1), (2, 'us', 1)`);
      databases.push(db);
      await expect(discoverModel(db)).rejects.toMatchObject({ code: 'composite-tenant-key' });
      const model: TenantModel = {
        format: 'holdfast.tenant-model/1',
        tables: [
          { kind: 'root', table: 'public.tenants', column: 'id', component: 'data' },
          { kind: 'direct', table: 'public.docs', column: 'tenant_id', component: 'data' },
        ],
      };
      const check = await withConnection(db.source, 'test', connection => checkModel(connection, model));
      expect(check.problems).toContainEqual(expect.objectContaining({ code: 'tenants-merged', severity: 'error' }));
    });
  });
}
