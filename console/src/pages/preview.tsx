/**
 * What a restore would change, read like a pull request: totals, tables, rows with the changed cells lit, conflicts with what
 * to do, and below what is asked for, by its digest.
 */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { Command } from '../parts/command.tsx';
import { count, duration } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loaded, Page, Panel } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { AskPanel } from '../preview/ask-panel.tsx';
import { ChangedTables } from '../preview/changed-tables.tsx';
import { Conflicts, Notes } from '../preview/conflicts.tsx';
import { Goal, goalOf } from '../preview/goal.tsx';
import type { PreviewOpened } from '../preview/preview-types.ts';
import { choicesOf, searchOf } from '../restore/choices.ts';

export function Component() {
  const { tenant = '', preview = '' } = useParams();
  const query = useQuery({
    queryKey: ['preview', tenant, preview],
    queryFn: () => answer(api.GET('/tenants/{tenant}/previews/{preview}', { params: { path: { tenant, preview } } })),
  });
  return <Loaded query={query}>{found => <Shown opened={found} />}</Loaded>;
}

function Shown({ opened }: { readonly opened: PreviewOpened }) {
  const { tenant, tenantId, label, preview, isKept, keptUntil, command, createdAt } = opened;
  const name = label ?? tenantId;
  const isEmpty = preview.totals.rows === 0;
  return (
    <Page
      title={`Preview: ${name}`}
      back={{ to: `/tenants/${tenant}`, name }}
      lead={
        <>
          <Goal of={goalOf(preview)} /> Compared <Time at={createdAt} ageOnly />
          {keptUntil && (
            <>
              ; expires <Time at={keptUntil} ageOnly />
            </>
          )}
          .
        </>
      }
      actions={
        <Link className="button" to={`/tenants/${tenant}/restore?${searchOf(choicesOf(preview.request))}`}>
          Change the choices
        </Link>
      }
    >
      {!isKept && (
        <div className="notice warn" role="status">
          <Icon name="warn" />
          <div>
            <strong>The rows of this preview are gone</strong>
            <p>It was applied, dropped or has expired. The counts stay; for the rows, make a new preview.</p>
          </div>
        </div>
      )}
      <Totals opened={opened} />
      <Conflicts conflicts={preview.conflicts} />
      {isEmpty ? (
        <Panel>
          <Empty title="Nothing differs">The live rows already are as they would be.</Empty>
        </Panel>
      ) : (
        <ChangedTables opened={opened} />
      )}
      <Notes preview={preview} />
      {!isEmpty && <AskPanel opened={opened} />}
      <details className="panel">
        <summary>Show the command</summary>
        <Command text={command} />
      </details>
    </Page>
  );
}

function Totals({ opened: { preview, approvals } }: { readonly opened: PreviewOpened }) {
  const { totals, predictedApplyMs, request } = preview;
  const isTakenBack = request.reverts !== undefined || request.undoes !== undefined;
  return (
    <dl className="tiles totals">
      <div className="tile">
        <dt>Insert</dt>
        <dd className="insert">+{count(totals.inserts)}</dd>
      </div>
      <div className="tile">
        <dt>Update</dt>
        <dd className="update">~{count(totals.updates)}</dd>
      </div>
      <div className="tile">
        <dt>Delete</dt>
        <dd className="delete">
          −{count(totals.deletes)}
          {totals.deletes > 0 && <small>{isTakenBack ? 'which it inserted' : 'born after the moment'}</small>}
        </dd>
      </div>
      <div className="tile">
        <dt>Applying takes about</dt>
        <dd>
          {duration(predictedApplyMs)}
          <small>
            {approvals === 0
              ? 'no approval needed'
              : `after ${approvals === 1 ? 'one approval' : `${approvals} approvals`}`}
          </small>
        </dd>
      </div>
    </dl>
  );
}
