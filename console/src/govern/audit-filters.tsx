/** The filters of the audit trail, which are its address. */
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { Loaded } from '../parts/page.tsx';
import { textOf } from './asked-request.tsx';
import { submitted } from './submitted.ts';
import { typedReference } from './tenant-reference.ts';
import { isoOfZoned, zonedOfIso } from './zoned-time.ts';

const OUTCOMES = [
  ...(['allowed', 'denied', 'requested', 'approved', 'refused', 'expired'] as const),
  ...(['cancelled', 'started', 'done', 'failed', 'reviewed'] as const),
];
const TEXTS = ['who', 'action', 'from', 'to'] as const;

/** As the API takes it. */
export function filterIn(params: URLSearchParams) {
  const texts = TEXTS.flatMap(name => (params.get(name) ? [[name, params.get(name)!] as const] : []));
  const outcome = OUTCOMES.find(each => each === params.get('outcome'));
  return { ...(Object.fromEntries(texts) as { [K in (typeof TEXTS)[number]]?: string }), ...(outcome && { outcome }) };
}

export function AuditFilters() {
  const me = useQuery({ queryKey: ['me'], queryFn: () => answer(api.GET('/me')), staleTime: 60_000 });
  const [params, setParams] = useSearchParams();
  return (
    <Loaded query={me}>
      {({ timeZone, installation, may }) => {
        const apply = async (form: FormData) => {
          const typed = textOf(form, 'tenant');
          const isChain = typed === '' || typed === 'system';
          const values = {
            tenant: isChain ? typed : await typedReference(installation, typed),
            ...{ who: textOf(form, 'who'), action: textOf(form, 'action'), outcome: textOf(form, 'outcome') },
            ...{ from: isoOfZoned(textOf(form, 'from'), timeZone), to: isoOfZoned(textOf(form, 'to'), timeZone) },
          };
          setParams(Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')));
        };
        return (
          <form
            className="filter-bar"
            key={`${params.get('tenant')} ${JSON.stringify(filterIn(params))}`}
            onSubmit={submitted(form => void apply(form))}
          >
            <Field name="tenant" title="Tenant" hint="Id, reference or system" value={params.get('tenant')} />
            <Field name="who" title="Who" hint="Part of the name" value={params.get('who')} />
            <label className="field">
              <span>Action</span>
              <input name="action" list="actions" placeholder="Any" defaultValue={params.get('action') ?? ''} />
              <datalist id="actions">
                {may.map(each => (
                  <option key={each} value={each} />
                ))}
              </datalist>
            </label>
            <label className="field">
              <span>Outcome</span>
              <select name="outcome" defaultValue={params.get('outcome') ?? ''}>
                <option value="">Any</option>
                {OUTCOMES.map(each => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            </label>
            {(['from', 'to'] as const).map(name => (
              <label className="field" key={name}>
                <span>
                  {name === 'from' ? 'From' : 'Before'} ({timeZone})
                </span>
                <input name={name} type="datetime-local" defaultValue={zonedOfIso(params.get(name) ?? '', timeZone)} />
              </label>
            ))}
            <div className="row end">
              <button type="submit" className="primary">
                Show
              </button>
              {params.size > 0 && (
                <button type="button" className="link" onClick={() => setParams({})}>
                  Clear
                </button>
              )}
            </div>
          </form>
        );
      }}
    </Loaded>
  );
}

interface FieldProps {
  readonly name: string;
  readonly title: string;
  readonly hint: string;
  readonly value: string | null;
}

function Field({ name, title, hint, value }: FieldProps) {
  return (
    <label className="field">
      <span>{title}</span>
      <input name={name} placeholder={hint} defaultValue={value ?? ''} autoComplete="off" />
    </label>
  );
}
