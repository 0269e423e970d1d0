/** A form that is sent by this page: what was typed stays until the page says otherwise. */
import type { SubmitEvent } from 'react';

export function submitted(work: (form: FormData) => void) {
  return (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    work(new FormData(event.currentTarget));
  };
}
