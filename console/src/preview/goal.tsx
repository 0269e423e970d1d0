/** What a preview would restore to, in one sentence: on its own page, and where previews are listed. */
import { Time } from '../parts/time.tsx';
import type { PreviewFacts, PreviewListed } from './preview-types.ts';

/** As a list has it. */
type Aim = Pick<PreviewListed, 'mode' | 'undoes' | 'takesBack' | 'target' | 'targetTime'>;

export function goalOf({ request, target, targetTime }: PreviewFacts): Aim {
  const { mode = 'exact', undoes = null, reverts } = request;
  const takesBack = reverts === undefined ? null : (reverts.only?.length ?? 'all');
  return { mode, undoes, takesBack, target: request.target || target, targetTime };
}

export function Goal({ of: { mode, undoes, takesBack, target, targetTime } }: { readonly of: Aim }) {
  const when = targetTime === null ? <code>{target}</code> : <Time at={targetTime} />;
  if (undoes !== null)
    return (
      <>
        Takes back what the restore <code>{undoes}</code> wrote.
      </>
    );
  if (takesBack === 'all') return <>Takes back what happened since {when}, except what was named.</>;
  if (takesBack !== null)
    return (
      <>
        Takes back {takesBack === 1 ? 'one transaction of' : `${takesBack} transactions since`} {when}; what came later
        stays.
      </>
    );
  if (mode === 'missing-only') return <>Brings back rows that were there at {when}; changes none that is there now.</>;
  if (mode === 'columns') return <>Restores the named columns as they were at {when}.</>;
  return <>As it was at {when}.</>;
}
