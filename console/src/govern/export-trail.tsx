/** The chain as a file: with its proof, which examples/verify-audit checks, or for a SIEM. */
import { useMutation } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import { Trouble } from '../parts/page.tsx';
import { saveFetched } from './save-file.ts';

const FORMATS = [
  { format: 'jsonl', name: 'Export with proof', ending: 'jsonl' },
  { format: 'ocsf', name: 'Export for a SIEM (OCSF)', ending: 'ocsf.jsonl' },
] as const;

export function ExportTrail({ tenant }: { readonly tenant: string }) {
  const of = tenant === '' ? 'system' : tenant;
  const save = useMutation({
    mutationFn: ({ format, ending }: (typeof FORMATS)[number]) =>
      saveFetched(
        api.GET('/tenants/{tenant}/audit/export', {
          params: { path: { tenant: of }, query: { format } },
          parseAs: 'blob',
        }) as Promise<{ data?: Blob; error?: unknown }>,
        `audit-${of}.${ending}`,
      ),
  });
  return (
    <>
      {FORMATS.map(each => (
        <button key={each.format} type="button" onClick={() => save.mutate(each)} disabled={save.isPending}>
          {each.name}
        </button>
      ))}
      {save.error && <Trouble error={save.error} />}
    </>
  );
}
