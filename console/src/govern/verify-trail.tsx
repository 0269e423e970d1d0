/** Verifies one chain in this browser, with its progress, and says what was proved. */
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { proofText } from '../audit/proof-sentence.ts';
import { runVerification, type Verified } from '../audit/run-verification.ts';
import type { ChainProgress } from '../audit/verify-chain.ts';
import { count, plural } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Panel, Trouble } from '../parts/page.tsx';
import { submitted } from './submitted.ts';

/** More are counted and not listed. */
const MOST_LISTED = 50;

export function VerifyTrail({ tenant, name }: { readonly tenant: string; readonly name: string }) {
  const [progress, setProgress] = useState<{ chain: ChainProgress; known: number }>();
  const running = useRef<AbortController>(null);
  const verify = useMutation({
    mutationFn: async (form: FormData) => {
      running.current = new AbortController();
      const file = form.get('key');
      const ownKey = file instanceof File && file.size > 0 ? await file.text() : undefined;
      const onProgress = (chain: ChainProgress, known: number) => setProgress({ chain, known });
      return runVerification({ tenant, ownKey, signal: running.current.signal, onProgress });
    },
  });
  const isStopped = verify.error?.name === 'AbortError';
  return (
    <Panel title="Verify in this browser">
      <div className="stack">
        <p className="dim">
          Fetches the chain of {name} as it is stored, and checks every signature, every link and every anchor here.
          Nothing that the server says about an event is believed without its signature.
        </p>
        <form className="row" onSubmit={submitted(verify.mutate)}>
          <button type="submit" className="primary" disabled={verify.isPending}>
            <Icon name="audit" /> Verify this chain
          </button>
          {verify.isPending && (
            <button type="button" onClick={() => running.current?.abort()}>
              Stop
            </button>
          )}
          <label className="row">
            <span className="dim">Own copy of the public key (optional)</span>
            <input type="file" name="key" accept=".pem" />
          </label>
        </form>
        {verify.isPending && progress && (
          <div role="status">
            <progress max={Math.max(progress.known, progress.chain.last)} value={progress.chain.last} />
            <p className="dim">
              {count(progress.chain.verified)} of {plural(progress.known, 'event')} verified.
            </p>
          </div>
        )}
        {isStopped && <p>Stopped: nothing is proved.</p>}
        {verify.error && !isStopped && <Trouble error={verify.error} />}
        {verify.data && <Proof verified={verify.data} name={name} />}
      </div>
    </Panel>
  );
}

function Proof({ verified, name }: { readonly verified: Verified; readonly name: string }) {
  const { isProved, title, sentences } = proofText(verified, name);
  const { chain, keys, isOwnKey } = verified;
  return (
    <div className={`notice ${isProved ? 'good' : 'bad'}`} role={isProved ? 'status' : 'alert'}>
      <Icon name={isProved ? 'check' : 'warn'} />
      <div className="stack">
        <strong>{title}</strong>
        {sentences.map(sentence => (
          <p key={sentence}>{sentence}</p>
        ))}
        {chain.problems.length > 1 && (
          <ul className="consequences">
            {chain.problems.slice(1, MOST_LISTED).map(({ message }) => (
              <li key={message}>{message}</li>
            ))}
          </ul>
        )}
        {chain.problems.length > MOST_LISTED && <p>{plural(chain.problems.length - MOST_LISTED, 'more problem')}.</p>}
        {keys.map(({ keyId, fingerprint }) => (
          <p key={keyId} className="dim">
            {isOwnKey ? 'Your own public key' : 'Public key'} <code className="break">{fingerprint}</code> signed{' '}
            {plural(chain.signedBy.get(keyId) ?? 0, 'event')}.
            {!isOwnKey && ' Compare it with the copy that you keep: holdfast audit public-key.'}
          </p>
        ))}
      </div>
    </div>
  );
}
