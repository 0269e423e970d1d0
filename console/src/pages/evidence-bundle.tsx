/** One bundle: what each control asks, what is not met, what only people can answer, and whether its files verify. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import type { AnswerOf } from '../api/answers.ts';
import { answer, api } from '../api/client.ts';
import { frameworkName } from '../govern/frameworks.ts';
import { saveFetched } from '../govern/save-file.ts';
import { count, plural, size } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { State, type Tone } from '../parts/state.tsx';
import { Time } from '../parts/time.tsx';

type Bundle = AnswerOf<'/evidence/{id}'>;
type Control = Bundle['controls'][number];
const TONES: Readonly<Record<Control['state'], Tone>> = { met: 'good', 'partly-met': 'warn', 'not-met': 'bad' };

export function Component() {
  const { id = '' } = useParams();
  const bundle = useQuery({
    queryKey: ['evidence', id],
    queryFn: () => answer(api.GET('/evidence/{id}', { params: { path: { id } } })),
    staleTime: 600_000,
    refetchOnWindowFocus: false,
  });
  const title = bundle.data ? `Evidence for ${frameworkName(bundle.data.framework)}` : 'Evidence';
  return (
    <Page title={title} back={{ to: '/evidence', name: 'Evidence' }} actions={<Download id={id} />}>
      <Loaded query={bundle}>
        {found => (
          <>
            <Summary bundle={found} />
            {found.controls.map(control => (
              <OneControl key={control.id} control={control} />
            ))}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Download({ id }: { readonly id: string }) {
  const save = useMutation({
    mutationFn: () =>
      saveFetched(
        api.GET('/evidence/{id}/files', { params: { path: { id } }, parseAs: 'blob' }) as Promise<{
          data?: Blob;
          error?: unknown;
        }>,
        `evidence-${id}.tar`,
      ),
  });
  return (
    <>
      <button type="button" onClick={() => save.mutate()} disabled={save.isPending}>
        Download all files
      </button>
      {save.error && <Trouble error={save.error} />}
    </>
  );
}

function Summary({ bundle: { verification, controls, from, to, at, files } }: { readonly bundle: Bundle }) {
  const { ok, keyId, problems } = verification;
  const met = controls.filter(({ state }) => state === 'met').length;
  return (
    <>
      <div className={`notice ${ok ? 'good' : 'bad'}`} role="status">
        <Icon name={ok ? 'check' : 'warn'} />
        <div>
          <strong>{ok ? 'Every file is as it was signed' : 'The files do not verify'}</strong>
          {problems.map(problem => (
            <p key={problem}>{problem}</p>
          ))}
          <p className="dim">
            {plural(files.length, 'file')}, {size(files.reduce((sum, { bytes }) => sum + bytes, 0))}. Signed by{' '}
            <code className="break">{keyId}</code>.
          </p>
        </div>
      </div>
      <dl className="tiles after">
        <div className="tile">
          <dt>Controls met</dt>
          <dd>
            {count(met)} of {count(controls.length)}
          </dd>
        </div>
        <div className="tile">
          <dt>Range</dt>
          <dd>
            {from.slice(0, 10)} <small>to {to.slice(0, 10)}</small>
          </dd>
        </div>
        <div className="tile">
          <dt>Looked at</dt>
          <dd>
            <Time at={at} ageOnly />
          </dd>
        </div>
      </dl>
    </>
  );
}

function OneControl({ control: { id, title, state, asks, missing, questions } }: { readonly control: Control }) {
  return (
    <Panel title={`${id} ${title}`} actions={<State tone={TONES[state]}>{state.replace('-', ' ')}</State>}>
      <div className="stack">
        <p>{asks}</p>
        {missing.length > 0 && (
          <div>
            <h3>Missing</h3>
            <ul className="consequences">
              {missing.map(each => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          </div>
        )}
        {questions.length > 0 && (
          <details>
            <summary>{plural(questions.length, 'question')} for the organisation</summary>
            <ul className="consequences">
              {questions.map(each => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </Panel>
  );
}
