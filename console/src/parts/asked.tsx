/** A button, and the question before it does something. */
import { type ReactNode, useRef } from 'react';

interface AskedProps {
  readonly title: string;
  readonly verb: string;
  readonly isPrimary?: boolean;
  readonly onAsk: () => void;
  readonly children: ReactNode;
}

export function Asked({ title, verb, isPrimary = false, onAsk, children }: AskedProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button type="button" className={isPrimary ? 'primary' : undefined} onClick={() => dialog.current?.showModal()}>
        {title}
      </button>
      <dialog ref={dialog} aria-label={title}>
        <h2>{title}</h2>
        <form
          className="form"
          method="dialog"
          onSubmit={() => {
            onAsk();
          }}
        >
          {children}
          <div className="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button type="submit" className="primary">
              {verb}
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
