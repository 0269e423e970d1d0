/** A schema with everything that makes catalogs hard: odd names, every kind of type and key, partitions, inheritance. */
export const NASTY_SCHEMA = `
CREATE SCHEMA "My ""App"".v2";
CREATE TYPE public.plan AS ENUM ('free', 'it''s "pro"', 'Big');
CREATE DOMAIN public.short AS varchar(20) DEFAULT 'x' NOT NULL CONSTRAINT "not blank" CHECK (VALUE <> '');
CREATE TYPE "My ""App"".v2"."Address" AS (street text COLLATE "C", plan public.plan);
CREATE TYPE public.floatrange AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
CREATE DOMAIN public.shorts AS public.short[];

CREATE TABLE public.tenants (
  id int PRIMARY KEY,
  name public.short,
  plan public.plan NOT NULL DEFAULT 'free'
);

CREATE TABLE "My ""App"".v2"."Order.Line" (
  "Tenant Id" int NOT NULL REFERENCES public.tenants,
  "Nr." bigint GENERATED ALWAYS AS IDENTITY,
  "it's" numeric(10,2)[] DEFAULT '{}',
  ship "My ""App"".v2"."Address",
  addresses "My ""App"".v2"."Address"[],
  heat public.floatrange,
  heats public.floatmultirange,
  tags public.shorts,
  total int GENERATED ALWAYS AS ("Tenant Id" * 2) STORED,
  note text COLLATE "C",
  body jsonb,
  raw bytea,
  PRIMARY KEY ("Tenant Id", "Nr.")
);
ALTER TABLE "My ""App"".v2"."Order.Line" DROP COLUMN raw;
ALTER TABLE "My ""App"".v2"."Order.Line" ADD COLUMN added text NOT NULL DEFAULT 'a,"b"';

-- Reached only through a parent, by a composite foreign key.
CREATE TABLE public.pick (
  id serial PRIMARY KEY,
  tenant int NOT NULL, line bigint NOT NULL,
  replaces int REFERENCES public.pick ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant, line) REFERENCES "My ""App"".v2"."Order.Line" ("Tenant Id", "Nr.") ON DELETE CASCADE
);

CREATE TABLE public.events (
  tenant_id int NOT NULL REFERENCES public.tenants,
  id bigint NOT NULL, at date NOT NULL, kind text,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE public.events_old PARTITION OF public.events FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE public.events_new PARTITION OF public.events FOR VALUES FROM ('2026-01-01') TO (MAXVALUE) PARTITION BY HASH (id);
CREATE TABLE public.events_new_rest PARTITION OF public.events_new FOR VALUES WITH (MODULUS 1, REMAINDER 0);

CREATE TABLE public.event_notes (id int PRIMARY KEY, event bigint NOT NULL, at date NOT NULL, FOREIGN KEY (event, at) REFERENCES public.events (id, at));

CREATE TABLE public.no_primary (
  code text NOT NULL, place text, email text NOT NULL, deleted boolean,
  UNIQUE NULLS NOT DISTINCT (place),
  UNIQUE (code)
);
CREATE UNIQUE INDEX partial ON public.no_primary (email) WHERE NOT deleted;
CREATE UNIQUE INDEX expression ON public.no_primary (lower(email));
ALTER TABLE public.no_primary REPLICA IDENTITY USING INDEX no_primary_code_key;

CREATE TABLE public.keyless (tenant_id int, n int);
ALTER TABLE public.keyless REPLICA IDENTITY FULL;

CREATE TABLE public.animals (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES public.tenants);
CREATE TABLE public.dogs (breed text) INHERITS (public.animals);
CREATE TEMPORARY TABLE passing (id int);
CREATE SCHEMA holdfast_stage_1;
CREATE TABLE holdfast_stage_1.t1 (id int);
`;

export const ORDER_LINE = '"My ""App"".v2"."Order.Line"';

/** The tables of a tenant model of it. */
export const NASTY_MODEL = [
  { kind: 'root', table: 'public.tenants', column: 'id' },
  { kind: 'direct', table: ORDER_LINE, column: 'Tenant Id' },
  {
    kind: 'via',
    table: 'public.pick',
    path: [{ columns: ['tenant', 'line'], references: ORDER_LINE, referencedColumns: ['Tenant Id', 'Nr.'] }],
  },
  { kind: 'direct', table: 'public.events', column: 'tenant_id' },
  {
    kind: 'via',
    table: 'public.event_notes',
    path: [{ columns: ['event', 'at'], references: 'public.events', referencedColumns: ['id', 'at'] }],
  },
  { kind: 'shared', table: 'public.no_primary' },
  { kind: 'direct', table: 'public.keyless', column: 'tenant_id' },
  { kind: 'direct', table: 'public.animals', column: 'tenant_id' },
  { kind: 'direct', table: 'public.dogs', column: 'tenant_id' },
];

/** Rows of tenants 1 and 2, with values that are hard to print. */
export const NASTY_ROWS = `
INSERT INTO public.tenants VALUES (1, 'one', 'Big'), (2, 'two', 'it''s "pro"');
INSERT INTO ${ORDER_LINE} ("Tenant Id", "it's", ship, addresses, heat, heats, tags, note, body, added)
SELECT t, ARRAY[i, NULL, i / 3.0], ROW('a,"' || i, 'it''s "pro"'::public.plan)::"My ""App"".v2"."Address", ARRAY[ROW(NULL, 'free'::public.plan)::"My ""App"".v2"."Address"]::"My ""App"".v2"."Address"[],
       floatrange(i, i + 0.5), floatmultirange(floatrange(i, i + 1)), ARRAY['x', E'y\\\\z']::public.short[],
       E'tab\\there\\nline\\\\ end ' || i, jsonb_build_object('k', i, 'ü', E'\\n', 'deep', jsonb_build_array(null, 1.50)), E'\\\\N'
FROM generate_series(1, 2) t, generate_series(1, 40) i;
INSERT INTO public.pick (tenant, line) SELECT "Tenant Id", "Nr." FROM ${ORDER_LINE};
INSERT INTO public.events SELECT t, i * 10 + t, '2025-12-01'::date + i, NULLIF('k' || i, 'k3') FROM generate_series(1, 2) t, generate_series(1, 60) i;
INSERT INTO public.event_notes SELECT row_number() OVER (), id, at FROM public.events;
INSERT INTO public.keyless SELECT 1 + i % 2, i % 5 FROM generate_series(1, 30) i;
INSERT INTO public.animals VALUES (1, 1), (2, 2);
INSERT INTO public.dogs VALUES (3, 1, 'poodle'), (4, 2, NULL);
`;
