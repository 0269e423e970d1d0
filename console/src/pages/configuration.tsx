/** What is set, in words; and what should be set as a patch for the team's repository. The file stays the truth. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { ApiError, answer, api } from '../api/client.ts';
import { type Configuration, type Edit, editOf, PARTS, type Part } from '../configuration/edit.ts';
import { Findings } from '../configuration/findings-view.tsx';
import { DrillsForm, KeepForm } from '../configuration/forms.tsx';
import { ApprovalsForm, MessagesForm } from '../configuration/list-forms.tsx';
import { Model } from '../configuration/model-view.tsx';
import { Command } from '../parts/command.tsx';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { saveFile } from '../parts/report.ts';
import { Table } from '../parts/table.tsx';
import { Tabs } from '../parts/tabs.tsx';

const VIEWS = { settings: 'Settings', edit: 'Change', model: 'Tenant model', findings: 'Findings' } as const;
type View = keyof typeof VIEWS;

export function Component() {
  const [params] = useSearchParams();
  const part = params.get('part');
  const view = part === null ? ((params.get('view') as View | null) ?? 'settings') : 'edit';
  const configuration = useQuery({ queryKey: ['configuration'], queryFn: () => answer(api.GET('/configuration')) });
  return (
    <Page
      title="Configuration"
      lead={
        configuration.data && (
          <>As {configuration.data.file} says now. The file is the truth: this page writes nothing.</>
        )
      }
    >
      <Tabs
        label="Views"
        tabs={(Object.keys(VIEWS) as View[]).map(each => ({
          name: VIEWS[each],
          to: each === 'settings' ? '/configuration' : `/configuration?view=${each}`,
          isHere: each === view,
        }))}
      />
      <Loaded query={configuration}>
        {found => (
          <>
            {view === 'settings' && <Settings configuration={found} />}
            {view === 'edit' && <Change configuration={found} />}
            {view === 'model' && <Model configuration={found} />}
            {view === 'findings' && <Findings />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Settings({ configuration: { settings } }: { readonly configuration: Configuration }) {
  const [params, setParams] = useSearchParams();
  const all = params.get('all') === 'true';
  const search = params.get('search') ?? '';
  const set = (name: string, value: string) =>
    setParams(
      before => {
        if (value === '') before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  const wanted = search.toLowerCase();
  const shown = settings.filter(
    ({ path, description, isDefault }) =>
      (all || !isDefault || search !== '') && `${path} ${description}`.toLowerCase().includes(wanted),
  );
  return (
    <Panel
      title="Settings"
      actions={
        <>
          <label className="row">
            <input type="checkbox" checked={all} onChange={event => set('all', event.target.checked ? 'true' : '')} />
            With defaults
          </label>
          <input
            type="search"
            aria-label="Search settings"
            placeholder="Name or meaning"
            value={search}
            onChange={event => set('search', event.target.value)}
          />
        </>
      }
    >
      {shown.length === 0 ? (
        <Empty title="No setting matches." />
      ) : (
        <Table
          caption="Settings and their values"
          rows={shown}
          rowKey={({ path }) => path}
          columns={[
            {
              name: 'Setting',
              cell: ({ path, description }) => (
                <span>
                  <span className="code">{path}</span>
                  <span className="sub">{description}</span>
                </span>
              ),
            },
            {
              name: 'Value',
              cell: ({ value, isDefault }) => (
                <span>
                  {value === null ? <span className="dim">not set</span> : <span className="code breaks">{value}</span>}
                  {isDefault && value !== null && <span className="sub">default</span>}
                </span>
              ),
            },
          ]}
        />
      )}
    </Panel>
  );
}

const FORMS = { keep: KeepForm, approvals: ApprovalsForm, messages: MessagesForm, drills: DrillsForm } as const;

function Change({ configuration: { editable, file } }: { readonly configuration: Configuration }) {
  const [params, setParams] = useSearchParams();
  const part = (Object.keys(PARTS) as Part[]).find(each => each === params.get('part')) ?? 'keep';
  const [value, setValue] = useState(editable);
  const patch = useMutation({
    mutationFn: (body: Edit) => answer(api.POST('/configuration/patch', { body })),
  });
  const edit = editOf(editable, value);
  const isChanged = Object.keys(edit).length > 0;
  const Form = FORMS[part];
  return (
    <>
      <Panel
        title="Change"
        actions={
          <label className="row">
            What
            <select value={part} onChange={event => setParams({ part: event.target.value }, { replace: true })}>
              {Object.entries(PARTS).map(([name, text]) => (
                <option key={name} value={name}>
                  {text}
                </option>
              ))}
            </select>
          </label>
        }
      >
        <form
          className="form wide"
          noValidate
          onSubmit={event => {
            event.preventDefault();
            patch.mutate(edit);
          }}
        >
          <Form
            value={value}
            set={next => {
              patch.reset();
              setValue(next);
            }}
          />
          {patch.error && <Refused error={patch.error} />}
          <div className="actions">
            <button type="submit" className="primary" disabled={!isChanged || patch.isPending}>
              Make the patch
            </button>
            <button
              type="button"
              disabled={!isChanged}
              onClick={() => {
                patch.reset();
                setValue(editable);
              }}
            >
              As in the file
            </button>
            {!isChanged && <span className="dim">Nothing is changed yet.</span>}
          </div>
        </form>
      </Panel>
      {patch.data && <Patch {...patch.data} file={file} />}
    </>
  );
}

/** Fields that are not valid, in words; anything else as everywhere. */
function Refused({ error }: { readonly error: Error }) {
  const problem = error instanceof ApiError ? error.problem : undefined;
  if (problem?.code !== 'bad-input') return <Trouble error={error} />;
  return (
    <div className="notice bad" role="alert">
      <Icon name="warn" />
      <div>
        <strong>Not valid</strong>
        {problem.detail
          .replace(/^The request is not valid: /, '')
          .split('; ')
          .map(each => (
            <p key={each}>{each}</p>
          ))}
      </div>
    </div>
  );
}

interface PatchProps {
  readonly patch: string;
  readonly changed: readonly string[];
  readonly file: string;
}

const LINES: Readonly<Record<string, string>> = { '+': 'insert', '-': 'delete', '@': 'dim' };

function Patch({ patch, changed, file }: PatchProps) {
  if (patch === '')
    return (
      <Panel title="Patch">
        <Empty title="Nothing changes: the file says this already." />
      </Panel>
    );
  return (
    <Panel
      title={`Patch of ${file}`}
      actions={
        <>
          <button type="button" onClick={() => void navigator.clipboard.writeText(patch)}>
            Copy
          </button>
          <button type="button" className="primary" onClick={() => saveFile('holdfast.patch', 'text/x-diff', patch)}>
            Save holdfast.patch
          </button>
        </>
      }
    >
      <p className="dim">
        Checked: with this patch the file is valid, and nothing else changes than{' '}
        <span className="code">{changed.join(', ')}</span>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways can be scrolled with the keyboard */}
      <section className="patch" tabIndex={0} aria-label="Patch">
        <pre>
          {patch
            .trimEnd()
            .split('\n')
            .map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines repeat
              <span key={index} className={index < 2 ? 'dim' : LINES[line[0]!]}>
                {`${line}\n`}
              </span>
            ))}
        </pre>
      </section>
      <p className="dim">In the repository of the file, then reviewed like any other change:</p>
      <Command text="git apply holdfast.patch" />
    </Panel>
  );
}
