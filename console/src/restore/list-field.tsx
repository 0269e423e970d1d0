/** A field for several words. What is typed stays as it is typed; the words of it are in the address. */
import { useState } from 'react';

interface ListFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly placeholder?: string;
  readonly hint?: string;
}

export function ListField({ label, value, onChange, placeholder, hint }: ListFieldProps) {
  const [typed, setTyped] = useState(value);
  const same = (text: string) =>
    text
      .split(/[\s,]+/)
      .filter(Boolean)
      .join(' ');
  return (
    <label className="field">
      <span>{label}</span>
      <input
        value={same(typed) === same(value) ? typed : value}
        placeholder={placeholder}
        onChange={({ target }) => {
          setTyped(target.value);
          onChange(target.value);
        }}
      />
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}
