/** The command line that does the same, to repeat it or to paste it into a ticket. */
import { useState } from 'react';

export function Command({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div className="command">
      <code>{text}</code>
      <button type="button" onClick={() => void copy()} onBlur={() => setCopied(false)}>
        {copied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}
