/**
 * What is set, readable and without secrets; and what people change of it as a patch for their repository. Nothing is
 * written: the file stays the truth.
 */
import * as z from 'zod';
import type { ConfigFile } from '../../domain/config-file.ts';
import { ConfiguredSink } from '../../domain/message-settings.ts';
import { Settings } from '../../domain/settings.ts';
import { shownConfiguration } from '../../domain/shown-configuration.ts';
import { Component, isOwned, type ModelTable, routingColumns, type TenantModel } from '../../domain/tenant-model.ts';
import { doctor } from '../../operations/model/doctor.ts';
import { ApprovalEdit, ConfigurationEdit, patchConfiguration } from '../configuration-edit.ts';
import { DoctorFindings } from '../documents/fleet-documents.ts';
import { route } from '../route.ts';

const NEEDS = { permission: 'administer', on: 'installation' } as const;
const group = 'configuration';

const ModelShown = z.object({
  label: z.string().nullable().describe('Where the names of tenants are: `schema.table.column`.'),
  tables: z.array(
    z.object({
      table: z.string(),
      kind: z.enum(['root', 'direct', 'via', 'shared', 'excluded', 'undecided']),
      component: Component,
      columns: z.array(z.string()).describe('By which the tenant is found; empty where no rows are backed up.'),
      via: z.array(z.string()).describe('Tables on the way to the tenant.'),
      reason: z.string().nullable(),
    }),
  ),
});

const Configuration = z.object({
  file: z.string(),
  settings: z.array(
    z.object({
      ...{ path: z.string(), value: z.string().nullable(), isDefault: z.boolean(), description: z.string() },
    }),
  ),
  editable: z
    .object({
      keep: Settings.shape.keep.unwrap(),
      approvals: z.array(ApprovalEdit),
      messages: z.array(ConfiguredSink),
      drills: z.object({
        template: z.string().nullable(),
        acceptanceSql: z.string().nullable(),
        regionVault: z.string().nullable(),
        regionKeys: z.string().nullable(),
        testInstallation: z.boolean(),
      }),
    })
    .describe('What a patch can change, as it is now.'),
  model: ModelShown,
});

const seeConfiguration = route(
  {
    ...{ id: 'readConfiguration', method: 'get', path: '/configuration', group, needs: NEEDS, answer: Configuration },
    summary: 'Every setting with its meaning, and the tenant model; without secrets',
  },
  async ({ deps }) => {
    const { name, text, parse, model } = await deps.operating.configuration();
    const config = parse(text);
    return { file: name, settings: shownConfiguration(config), editable: editableOf(config), model: shownModel(model) };
  },
);

function editableOf({ settings, approvals = [], messages = [], drills }: ConfigFile) {
  const { template = null, acceptanceSql = null, regionVault = null, regionKeys = null, testInstallation } = drills;
  return {
    ...{ keep: settings.keep, approvals, messages },
    drills: { template, acceptanceSql, regionVault, regionKeys, testInstallation },
  };
}

function shownModel({ label, tables }: TenantModel): z.output<typeof ModelShown> {
  return { label: label ?? null, tables: tables.map(shownTable) };
}

function shownTable(table: ModelTable) {
  const { table: name, kind, component } = table;
  const via = table.kind === 'via' ? table.path.map(({ references }) => references) : [];
  const reason = table.kind === 'excluded' ? table.reason : (table.question ?? null);
  return { ...{ table: name, kind, component, via, reason }, columns: isOwned(table) ? routingColumns(table) : [] };
}

const makePatch = route(
  {
    ...{ id: 'patchConfiguration', method: 'post', path: '/configuration/patch', group, needs: NEEDS },
    ...{
      summary: 'An edit as a unified diff for the repository of the file; nothing is written',
      body: ConfigurationEdit,
    },
    answer: z.object({
      file: z.string(),
      patch: z.string().describe('For `git apply` or `patch -p1`; empty where nothing changes.'),
      changed: z.array(z.string()).describe('Fields whose value changes.'),
    }),
  },
  async ({ deps, body }) => {
    const file = await deps.operating.configuration();
    return { file: file.name, ...patchConfiguration(file, body) };
  },
);

const examine = route(
  {
    ...{ id: 'examineSource', method: 'get', path: '/configuration/findings', group, needs: NEEDS },
    ...{ summary: 'What weakens protection, and the SQL that mends it', answer: DoctorFindings },
  },
  async ({ deps }) => doctor(await deps.context()),
);

export const CONFIGURATION_ROUTES = [seeConfiguration, makePatch, examine];
