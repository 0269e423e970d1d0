/** What a team configures for drills: where scratch databases are made, its own check, and copies for a lost region. */
import * as z from 'zod';

const Path = z.string().min(1, 'expected a path, relative to this file');

/** The hook is reached over HTTPS, or over HTTP on this machine. */
function isAllowedHook(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname));
}

export const DrillSettings = z.strictObject({
  scratch: z
    .string()
    .min(1)
    .optional()
    .meta({ examples: [`postgres://drill:\${DRILL_PASSWORD}@scratch.example.com:5432/postgres`] })
    .describe(
      'URL of a database outside the source system; drills make and remove their own databases beside it, so its role needs CREATEDB. Default: the server of the source.',
    ),
  template: z
    .string()
    .regex(/^[a-z0-9_]{1,63}$/, 'expected 1 to 63 lower-case letters, digits and underscores')
    .optional()
    .meta({ examples: ['drill_template'] })
    .describe(
      'Template database on that server, with the shared tables, extensions and functions that the check of the team needs. Default: template0.',
    ),
  acceptanceSql: Path.optional()
    .meta({ examples: ['acceptance.sql'] })
    .describe('File with one SELECT that returns the columns `check` and `ok`, run read-only in the scratch database.'),
  acceptanceHook: z
    .url()
    .refine(isAllowedHook, 'expected https, or http on this machine')
    .optional()
    .meta({ examples: ['https://checks.example.com/holdfast'] })
    .describe('URL of a check over HTTPS (or loopback), which is sent the address of the scratch database.'),
  regionVault: Path.optional()
    .meta({ examples: ['/mnt/second-region/vault'] })
    .describe('Directory of the copy of the vault in another region, for the drill `region`.'),
  regionKeys: Path.optional()
    .meta({ examples: ['/mnt/second-region/keys'] })
    .describe('Directory of the copy of the keys in another region.'),
  testInstallation: z
    .boolean()
    .default(false)
    .describe('This installation protects nothing real: game days may damage it.'),
});
type DrillSettings = z.infer<typeof DrillSettings>;

/** Whether copies in another region are configured. */
export function hasRegion({ regionVault, regionKeys }: Pick<DrillSettings, 'regionVault' | 'regionKeys'>): boolean {
  return regionVault !== undefined && regionKeys !== undefined;
}
