/** A matter: every hold for it that stands, who asked and agreed, and the last proof that everything is held. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import type { AnswerOf } from '../api/answers.ts';
import { answer, api } from '../api/client.ts';
import { ReleaseDialog } from '../govern/release-dialog.tsx';
import { saveFile } from '../govern/save-file.ts';
import { plural, size } from '../parts/format.ts';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Time } from '../parts/time.tsx';

type Hold = AnswerOf<'/matters/{hold}'>['holds'][number];

export function Component() {
  const { hold = '' } = useParams();
  const matter = useQuery({
    queryKey: ['matter', hold],
    queryFn: () => answer(api.GET('/matters/{hold}', { params: { path: { hold } } })),
    staleTime: 300_000,
    refetchOnWindowFocus: false,
  });
  return (
    <Page
      title={matter.data?.matter ?? 'Matter'}
      back={{ to: '/holds', name: 'Legal holds' }}
      lead={matter.data && `${plural(matter.data.holds.length, 'hold stands', 'holds stand')} for this matter.`}
    >
      <Loaded query={matter}>
        {({ holds }) => holds.map(each => <OneHold key={`${each.tenant} ${each.hold}`} hold={each} />)}
      </Loaded>
    </Page>
  );
}

function OneHold({ hold }: { readonly hold: Hold }) {
  const { tenant, label, tenantId, certificate, requestedBy, approvedBy, reason, at, from, reviewBy } = hold;
  const name = label ?? tenantId ?? tenant;
  return (
    <Panel title={name} actions={<ReleaseDialog tenant={tenant} hold={hold.hold} matter={hold.matter} />}>
      <dl className="facts">
        <dt>Tenant</dt>
        <dd>
          <Link to={`/tenants/${tenant}/holds`}>{name}</Link>
        </dd>
        <dt>Since</dt>
        <dd>{at ? <Time at={at} /> : 'unknown: the record does not verify, and the hold stands'}</dd>
        <dt>Keeps</dt>
        <dd>
          {from ? (
            <>
              every moment since <Time at={from} />
            </>
          ) : (
            'everything that is stored'
          )}
        </dd>
        <dt>Review by</dt>
        <dd>{reviewBy ? <Time at={reviewBy} /> : 'no date'}</dd>
        <dt>Requested by</dt>
        <dd>{requestedBy ?? 'unknown'}</dd>
        <dt>Approved by</dt>
        <dd>{approvedBy.join(', ') || 'nobody: no approval was needed'}</dd>
        <dt>Reason</dt>
        <dd>{reason ?? 'unknown'}</dd>
        <dt>Shown to the tenant</dt>
        <dd>{hold.hidden ? 'no: hidden from its administrator' : 'yes'}</dd>
        <dt>Record</dt>
        <dd>
          <State tone={hold.signed ? 'good' : 'bad'}>{hold.signed ? 'signature verified' : 'not signed here'}</State>
        </dd>
        <dt>Last proof</dt>
        <dd>{certificate ? <Certificate certificate={certificate} /> : 'none yet'}</dd>
      </dl>
    </Panel>
  );
}

function Certificate({ certificate }: { readonly certificate: NonNullable<Hold['certificate']> }) {
  const { at, regions, copiedRuns, hold } = certificate;
  const save = () => saveFile(`hold-${hold}.json`, `${JSON.stringify(certificate, null, 2)}\n`, 'application/json');
  return (
    <>
      <p>
        <Time at={at} />: each object is held.
      </p>
      <ul>
        {regions.map(({ region, objects, bytes }) => (
          <li key={region}>
            {region}: {plural(objects, 'object')}, {size(bytes)}
          </li>
        ))}
        <li>{plural(copiedRuns, 'run of the log has', 'runs of the log have')} a copy of their own</li>
      </ul>
      <button type="button" className="link" onClick={save}>
        Download the certificate
      </button>
    </>
  );
}
