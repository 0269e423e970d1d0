/** What routes about drills, reports, cost and configuration need, on one machine without a database. */
import { usualDeployment } from '../../bin/deployment-file.ts';
import type { ApiDeps } from '../../lib/api/api-deps.ts';
import type { OperatingDeps } from '../../lib/api/operating-deps.ts';
import { periodsOf } from '../../lib/domain/policy-change.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import type { TenantModel } from '../../lib/domain/tenant-model.ts';
import type { Regions } from '../../lib/region-ports.ts';
import { editConfigText, readConfigText } from '../../lib/runtime/edit-config.ts';
import type { World } from './governed.ts';

/** A configuration file with a password, which nothing may show. */
export const CONFIG_TEXT = `# Ours.
format: holdfast.config/1
installation: test-installation
database:
  url: "postgres://backup:hunter2@db.example.com:5432/app"
timeZone: UTC

# How long.
settings:
  keep:
    dailyDays: 14 # two weeks
`;

export const SHOP_MODEL: TenantModel = {
  format: 'holdfast.tenant-model/1',
  tables: [{ kind: 'root', table: 'public.shops', component: 'data', column: 'id' }],
};

/** What a test of these routes changes and reads. */
export interface Operated {
  /** Names of recipients that were sent a test. */
  readonly sent: string[];
  regions: Regions | undefined;
}

/** Parts of the API with which they work, over a database that nobody reaches. */
export function operatingParts({ deps }: Pick<World, 'deps'>, operated: Operated): Partial<ApiDeps> {
  const opened = async () => ({
    ...{ ...deps, source: { url: 'postgres://nobody@127.0.0.1:1/none' }, model: SHOP_MODEL },
    ...(operated.regions && { regions: operated.regions }),
  });
  return { context: opened, governance: opened, operating: operatingDeps(operated.sent) };
}

/** `sent`: gets the names of recipients that were sent something. */
export function operatingDeps(sent: string[] = []): OperatingDeps {
  const { keep } = defaultSettings();
  const recipient = (name: string) => ({
    ...{ name, rules: {} as never, wants: () => true },
    deliver: async () => {
      sent.push(name);
    },
  });
  return {
    hasRegion: async () => false,
    drillPlant: async () => ({ tierOf: () => 'standard' }),
    reportBasis: async () => ({
      ...{ lockDays: 30, tierOf: () => 'standard', recordsFailures: false, hasRegion: false },
      configuration: {
        ...{ place: 'one-machine', regions: [], keys: 'local', retention: periodsOf(keep), approvals: {}, roles: {} },
      },
    }),
    pricedSettings: async () => usualDeployment(),
    retentionOf: async () => () => keep,
    configuration: async () => ({
      ...{ name: 'holdfast.yaml', text: CONFIG_TEXT, parse: readConfigText, edit: editConfigText, model: SHOP_MODEL },
    }),
    recipients: async () => [recipient('on-call'), recipient('team')],
  };
}
