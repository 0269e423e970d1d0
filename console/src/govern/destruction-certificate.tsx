/** The certificate of a destruction: what it says, and the files with which anybody verifies it. */
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../api/client.ts';
import { plural, size } from '../parts/format.ts';
import { Empty, Loaded, Panel } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { saveFile } from './save-file.ts';

export function DestructionCertificatePanel({ tenant }: { readonly tenant: string }) {
  const found = useQuery({
    queryKey: ['destruction-certificate', tenant],
    queryFn: () => answer(api.GET('/tenants/{tenant}/destruction/certificate', { params: { path: { tenant } } })),
  });
  return (
    <Panel title="Certificate">
      <Loaded query={found}>
        {({ certified }) => {
          if (certified === null) return <Empty title="There is no certificate yet." />;
          const { certificate, appendix, file, publicKey } = certified;
          const bytes = certificate.copies.reduce((sum, copy) => sum + copy.bytes, 0);
          return (
            <div className="stack">
              <dl className="facts">
                <dt>Method</dt>
                <dd>{certificate.method}</dd>
                <dt>Key deleted</dt>
                <dd>
                  <Time at={certificate.deletionDate} />
                </dd>
                <dt>Proof</dt>
                <dd>{plural(certificate.proof.length, 'stored object')} tried, none opens</dd>
                <dt>Requested by</dt>
                <dd>{certificate.responsible.requestedBy}</dd>
                <dt>Approved by</dt>
                <dd>{certificate.responsible.approvedBy.join(', ') || 'nobody: no approval was needed'}</dd>
                <dt>Unreadable copies</dt>
                <dd>
                  {appendix ? 'none are left: the appendix says so' : `${size(bytes)} stay until their locks end`}
                </dd>
              </dl>
              <div className="row">
                <button type="button" onClick={() => saveFile(`destruction-${tenant}.json`, file, 'application/json')}>
                  Download the certificate
                </button>
                <button type="button" onClick={() => saveFile('holdfast.pem', publicKey, 'application/x-pem-file')}>
                  Public key
                </button>
              </div>
              <div className="command">
                <code>{`holdfast destroy verify destruction-${tenant}.json --key holdfast.pem`}</code>
              </div>
            </div>
          );
        }}
      </Loaded>
    </Panel>
  );
}
