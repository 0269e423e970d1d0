-- Fills Workbench with 50 invented tenants of very unequal size. Set-wise SQL with a seeded random(): every run makes
-- the same database, but for the dates, which end today. Sections start with `--@` and a sentence for the terminal.

--@ reference data and 50 tenants
SET search_path = app, public;
SET session_replication_role = replica;
SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.42);
CREATE FUNCTION pg_temp.one_of(VARIADIC words text[]) RETURNS text LANGUAGE sql VOLATILE
  AS 'SELECT words[1 + floor(random() * array_length(words, 1))::int]';
INSERT INTO currencies VALUES ('EUR', 'Euro'), ('USD', 'US dollar'), ('GBP', 'Pound sterling'), ('CHF', 'Swiss franc'), ('JPY', 'Yen');
UPDATE currencies SET minor_units = 0 WHERE code = 'JPY';
INSERT INTO countries VALUES ('DE', 'Germany', 'EUR'), ('FR', 'France', 'EUR'), ('NL', 'Netherlands', 'EUR'), ('US', 'United States', 'USD'),
  ('GB', 'United Kingdom', 'GBP'), ('CH', 'Switzerland', 'CHF'), ('JP', 'Japan', 'JPY');
INSERT INTO plans VALUES ('starter', 'Starter', 29, '{"seats": 5, "storage_gb": 10}'), ('team', 'Team', 149, '{"seats": 50, "storage_gb": 200}'),
  ('enterprise', 'Enterprise', 1490, '{"seats": null, "storage_gb": 5000, "sso": true}');

CREATE TEMP TABLE shape AS
SELECT n, id, initcap(replace(id, '-', ' ')) AS name,
       CASE WHEN n = 1 THEN 0.38 WHEN n <= 7 THEN 0.055 ELSE 0.29 / 43 * (0.4 + 1.2 * (50 - n) / 43) END AS weight
FROM unnest(ARRAY['northwind-group','acme','brightwater','cobalt-labs','driftwood','elm-and-oak','foxglove','granite-works','harbor-nine',
  'indigo-post','juniper','kestrel','lantern','maplewood','nightjar','orchard-lane','pinecone','quarry','redfern','saltmarsh','tidepool',
  'umber','violet-hour','willow','xylo','yarrow','zephyr','aspen','bluebird','cedar-hill','dovetail','ember','fieldstone','goldfinch','heron',
  'ironbark','jasper','kingfisher','larkspur','meadow','nettle','osprey','poppy','quill','rowan','sparrow','thistle','upland','vesper','wren'])
  WITH ORDINALITY AS list (id, n);
INSERT INTO tenants (id, name, plan_id, country, created_at)
SELECT id, name, CASE WHEN n = 1 THEN 'enterprise' WHEN n <= 7 THEN 'team' ELSE 'starter' END,
       pg_temp.one_of('DE', 'FR', 'NL', 'US', 'GB', 'CH', 'JP'), now() - interval '3 years' + n * interval '9 days' FROM shape;

--@ people, roles and settings
INSERT INTO users (id, tenant_id, email, full_name, status, avatar, preferences, last_seen) OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (ORDER BY random()), s.id, lower(first || '.' || last) || k || '@' || s.id || '.example', first || ' ' || last,
       (CASE WHEN random() < 0.9 THEN 'active' WHEN random() < 0.5 THEN 'invited' ELSE 'suspended' END)::user_status,
       CASE WHEN random() < 0.3 THEN decode(repeat(md5(random()::text), 24), 'hex') END,
       jsonb_build_object('theme', pg_temp.one_of('light', 'dark'), 'language', pg_temp.one_of('en', 'de', 'fr', 'ja'), 'digest', random() < 0.5),
       now() - random() * interval '90 days'
FROM shape s CROSS JOIN LATERAL (
  SELECT k, pg_temp.one_of('Ada','Bruno','Chiara','Dmitri','Elif','Femke','Goran','Hana','Ines','Jonas','Kofi','Lena','Mateo','Noor','Olga','Priya') AS first,
         pg_temp.one_of('Abel','Berg','Costa','Dubois','Eriksen','Fischer','Garcia','Haddad','Ito','Jansen','Keller','Lopez','Meyer','Novak','Okafor','Petit') AS last
  FROM generate_series(1, 4 + (s.weight * 3000)::int) AS k) AS person;
UPDATE tenants t SET owner_id = (SELECT min(u.id) FROM users u WHERE u.tenant_id = t.id);
INSERT INTO roles SELECT s.id, r, p FROM shape s, (VALUES ('admin', ARRAY['*']), ('manager', ARRAY['projects.*', 'invoices.read', 'reports.read']),
  ('accountant', ARRAY['invoices.*', 'payments.*']), ('member', ARRAY['tasks.*', 'comments.*', 'time.write']), ('guest', '{}'::text[])) AS kinds (r, p);
INSERT INTO user_roles SELECT tenant_id, id, (ARRAY['admin','manager','accountant','member','member','member','guest'])[1 + id % 7] FROM users;
INSERT INTO tenant_settings (tenant_id, key, value)
SELECT s.id, key, value FROM shape s CROSS JOIN LATERAL (VALUES
  ('branding.color', to_jsonb('#' || left(md5(s.id), 6))), ('branding.logo', jsonb_build_object('url', 'https://cdn.example/' || s.id || '.svg', 'height', 48)),
  ('invoice.footer', to_jsonb('Payable within ' || 14 + s.n % 3 * 8 || ' days. ' || s.name || ' thanks you.')), ('invoice.next_number', to_jsonb(1000 + s.n)),
  ('locale', to_jsonb(pg_temp.one_of('de-DE', 'en-US', 'fr-FR'))), ('sso', jsonb_build_object('enabled', s.n < 8, 'issuer', 'https://login.example/' || s.id)),
  ('tax.rates', '[{"name": "VAT", "percent": 19.0}, {"name": "reduced", "percent": 7.0}]'), ('time.rounding_minutes', '15'), ('week.starts', '"monday"'),
  ('export.schedule', '{"cron": "0 6 * * 1", "to": ["finance"]}'), ('retention.days', '730'), ('quota.bytes', to_jsonb(10737418240.00))) AS kinds (key, value);
INSERT INTO api_keys SELECT md5(s.id || k)::uuid, s.id, pg_temp.one_of('ci', 'zapier', 'reporting', 'mobile') || ' ' || k, sha256((s.id || k)::bytea),
  ARRAY['read', 'write'], CASE WHEN k = 1 THEN ARRAY['10.0.0.0/8'::cidr, '192.168.4.0/24'] END FROM shape s, generate_series(1, 3) AS k;
INSERT INTO webhooks (tenant_id, url, events, headers) SELECT s.id, 'https://hooks.example/' || s.id || '/' || k, ARRAY['invoice.paid', 'task.done'],
  jsonb_build_object('X-Signature', md5(s.id || k)) FROM shape s, generate_series(1, 2) AS k;
INSERT INTO "customFields" SELECT s.id, f, a, initcap(replace(f, '_', ' ')), c FROM shape s, (VALUES ('cost_center', 'project', NULL::text[]),
  ('region', 'customer', ARRAY['north', 'south', 'it''s complicated']), ('risk', 'project', ARRAY['low', 'high'])) AS kinds (f, a, c);

--@ customers, projects and tasks
INSERT INTO customers (id, tenant_id, name, country, address, tags, credit_limit) OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (ORDER BY random()), s.id,
       pg_temp.one_of('Atlas','Beacon','Cascade','Delta','Echo','Falcon','Gemini','Helix','Iris','Juno') || ' ' ||
       pg_temp.one_of('Foods','Logistics','Media','Partners','Robotics','Studios','Textiles','Trading','Ventures') || ' ' || k,
       pg_temp.one_of('DE', 'FR', 'NL', 'US', 'GB', 'CH', 'JP'),
       jsonb_build_object('street', (random() * 200)::int || ' ' || pg_temp.one_of('Mill', 'Station', 'Bridge', 'Park') || ' Street', 'zip', (10000 + random() * 89999)::int),
       CASE WHEN random() < 0.4 THEN ARRAY[pg_temp.one_of('vip', 'late payer', 'reseller')] ELSE '{}' END, round((random() * 50000)::numeric, 2)
FROM shape s, generate_series(1, 3 + (s.weight * 4000)::int) AS k;
CREATE TEMP TABLE person AS SELECT tenant_id, id, row_number() OVER (PARTITION BY tenant_id ORDER BY id) - 1 AS rank, count(*) OVER (PARTITION BY tenant_id) AS total FROM users;
CREATE TEMP TABLE client AS SELECT tenant_id, id, row_number() OVER (PARTITION BY tenant_id ORDER BY id) - 1 AS rank, count(*) OVER (PARTITION BY tenant_id) AS total FROM customers;
INSERT INTO projects (id, tenant_id, customer_id, name, status, budget, runs, custom, updated_at) OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (ORDER BY random()), c.tenant_id, c.id,
       pg_temp.one_of('Website','Rebrand','Audit','Migration','Campaign','Warehouse','Mobile app','Onboarding') || ' ' || extract(year FROM now()) - k % 2 || ' ' || chr(65 + (c.rank % 26)::int) || k,
       (CASE WHEN random() < 0.6 THEN 'active' WHEN random() < 0.5 THEN 'done' ELSE pg_temp.one_of('draft', 'on hold') END)::project_status,
       round((2000 + random() * 90000)::numeric, 2), daterange(current_date - (random() * 300)::int, current_date + (random() * 200)::int),
       jsonb_build_object('cost_center', 'CC-' || (random() * 99)::int, 'risk', pg_temp.one_of('low', 'high')), now() - random() * interval '200 days'
FROM client c, generate_series(1, 2) AS k WHERE c.rank % 3 <> 1;
INSERT INTO milestones (project_id, name, due) SELECT p.id, m, current_date + (random() * 120)::int FROM projects p, unnest(ARRAY['Kick-off', 'Draft', 'Delivery']) AS m;
INSERT INTO tasks (id, tenant_id, project_id, assignee_id, title, state, estimate, position, updated_at) OVERRIDING SYSTEM VALUE
SELECT t.id, t.tenant_id, t.project_id, u.id, t.title, t.state::task_state, t.hours * interval '30 minutes', t.id + 0.5, t.updated
FROM (SELECT row_number() OVER (ORDER BY random()) AS id, p.tenant_id, p.id AS project_id, floor(random() * 1e6)::bigint AS draw,
        pg_temp.one_of('Review','Draft','Fix','Prepare','Discuss','Ship','Measure','Translate') || ' ' ||
        pg_temp.one_of('landing page','contract','invoice template','data import','press kit','shop filters','handbook','pricing table','login flow') || ' for ' ||
        pg_temp.one_of('launch','the board','legal','sales','the pilot','Q3','the new office') AS title,
        pg_temp.one_of('open', 'doing', 'review', 'done', 'done') AS state, 1 + (random() * 30)::int AS hours, now() - random() * interval '180 days' AS updated
      FROM projects p, generate_series(1, 10) AS k) AS t
JOIN person u ON u.tenant_id = t.tenant_id AND u.rank = t.draw % u.total;
UPDATE tasks c SET parent_id = f.first FROM (SELECT project_id, min(id) AS first FROM tasks GROUP BY project_id) AS f
WHERE f.project_id = c.project_id AND c.id % 4 = 0 AND c.id <> f.first;

--@ comments, attachments and time
INSERT INTO comments (id, task_id, author_id, body, created_at) OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (ORDER BY random()), t.id, CASE WHEN random() < 0.95 THEN t.assignee_id END,
       pg_temp.one_of('Looks good to me','Could you have another look','Waiting for the customer','Done, please check','Let us talk on Monday','The numbers do not add up') || ' — ' ||
       pg_temp.one_of('see the attached draft','I moved the deadline','"quoted, with a tab	inside"','the client insists','as agreed in the call','cc legal'),
       t.updated_at + random() * interval '3 days'
FROM tasks t, generate_series(1, 2) AS k WHERE random() < 0.7;
INSERT INTO attachments SELECT c.id, pg_temp.one_of('notes', 'scan', 'sketch', 'offer') || '.' || pg_temp.one_of('pdf', 'png', 'csv'), 'application/octet-stream',
  decode(repeat(md5(c.id::text), 10 + (random() * 60)::int), 'hex') FROM comments c WHERE c.id % 12 = 0;
INSERT INTO time_entries (tenant_id, day, task_id, user_id, minutes, rate)
SELECT t.tenant_id, current_date - (random() * 500)::int, t.id, t.assignee_id, 15 * (1 + (random() * 20)::int), 60 + 5 * (random() * 16)::int
FROM tasks t, generate_series(1, 2) AS k WHERE random() < 0.8;

--@ invoices, payments, documents and the audit log
INSERT INTO invoices (id, tenant_id, customer_id, number, public_token, state, issued, currency, updated_at) OVERRIDING SYSTEM VALUE
SELECT id, tenant_id, customer_id, 'R-' || 10000 + id, md5('invoice' || id)::uuid, state::invoice_state, current_date - age, 'EUR', now() - age * interval '1 day'
FROM (SELECT row_number() OVER (ORDER BY random()) AS id, c.tenant_id, c.id AS customer_id, pg_temp.one_of('draft', 'sent', 'paid', 'paid', 'paid', 'void') AS state,
        (random() * 400)::int AS age FROM client c, generate_series(1, 4) AS k) AS drawn;
INSERT INTO invoice_lines (invoice_id, line, description, quantity, unit_price)
SELECT i.id, k, pg_temp.one_of('Design', 'Consulting', 'Development', 'Licences', 'Travel', 'Hosting') || ', ' || pg_temp.one_of('phase 1', 'phase 2', 'retainer', 'as agreed'),
       round((1 + random() * 40)::numeric, 3), round((20 + random() * 140)::numeric, 2) FROM invoices i, generate_series(1, 1 + (i.id % 4)::int) AS k;
INSERT INTO line_taxes SELECT invoice_id, line, 'VAT', CASE WHEN line = 3 THEN 7 ELSE 19 END FROM invoice_lines;
UPDATE invoices i SET total = s.total FROM (SELECT l.invoice_id, sum(round(l.amount * (1 + t.percent / 100), 2)) AS total
  FROM invoice_lines l JOIN line_taxes t USING (invoice_id, line) GROUP BY 1) AS s WHERE s.invoice_id = i.id;
INSERT INTO payments SELECT md5('payment' || id)::uuid, tenant_id, id, 'pay_' || left(md5(id::text), 20), total, issued + interval '12 days' FROM invoices WHERE state = 'paid';
INSERT INTO documents (tenant_id, id, title, body) SELECT s.id, md5(s.id || k)::uuid, pg_temp.one_of('Offer', 'Minutes', 'Specification', 'Contract') || ' ' || k,
  (SELECT string_agg(md5(s.id || k || w) || pg_temp.one_of(' shall be delivered by ', ' is agreed with ', ' depends on '), '') FROM generate_series(1, 60 + k % 60) AS w)
  FROM shape s, generate_series(1, 2 + (s.weight * 1500)::int) AS k;
INSERT INTO notifications (user_id, message, read_at) SELECT u.id, pg_temp.one_of('You were assigned a task', 'An invoice was paid', 'A comment mentions you'),
  CASE WHEN random() < 0.7 THEN now() - random() * interval '20 days' END FROM users u, generate_series(1, 5) AS k;
INSERT INTO audit_log (tenant_id, at, actor, action, origin, detail) SELECT t.tenant_id, t.updated_at, 'user:' || t.assignee_id, 'task.' || t.state,
  ('10.' || t.id % 200 || '.0.' || t.id % 250)::inet, jsonb_build_object('task', t.id) FROM tasks t WHERE t.id % 2 = 0;

--@ indexes and statistics
SET session_replication_role = origin;
SELECT setval(pg_get_serial_sequence('app.' || t, 'id'), (xpath('/row/m/text()', query_to_xml('SELECT coalesce(max(id), 1) AS m FROM app.' || t, false, true, '')))[1]::text::bigint)
FROM unnest(ARRAY['users', 'customers', 'projects', 'tasks', 'comments', 'invoices']) AS t;
CREATE INDEX ON projects (customer_id);
CREATE INDEX ON tasks (project_id);
CREATE INDEX ON tasks (parent_id);
CREATE INDEX ON tasks (assignee_id);
CREATE INDEX ON comments (task_id);
CREATE INDEX ON comments (author_id);
CREATE INDEX ON time_entries (task_id);
CREATE INDEX ON time_entries (user_id);
CREATE INDEX ON invoices (customer_id);
CREATE INDEX ON payments (invoice_id);
VACUUM ANALYZE;
