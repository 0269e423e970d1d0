/** The tables of the model in test/infra/tenant-model.example.yaml, without rows. */
export const EXAMPLE_TABLES = `
  CREATE TABLE tenants (id text PRIMARY KEY, name text NOT NULL);
  CREATE TABLE projects (tenant_id text NOT NULL REFERENCES tenants, id int UNIQUE, title text NOT NULL, PRIMARY KEY (tenant_id, id));
  CREATE TABLE tasks (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects (id) ON DELETE CASCADE, note text);
  CREATE INDEX ON tasks (project_id);
  ALTER TABLE tasks REPLICA IDENTITY FULL;
  CREATE TABLE countries (code text PRIMARY KEY);`;
