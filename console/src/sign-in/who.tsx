/** Who one is, in the head of every page; and the way out, where people sign in. */
import { useQueryClient } from '@tanstack/react-query';
import { Icon } from '../parts/icon.tsx';
import { currentSession } from './current.ts';

export function Who({ name, roles }: { readonly name: string; readonly roles: readonly string[] }) {
  const queries = useQueryClient();
  const session = currentSession();
  const leave = () => {
    queries.clear();
    void session?.signOut();
  };
  return (
    <>
      <span className="who" title={roles.join(', ')}>
        <Icon name="person" /> <span>{session?.who() ?? name}</span>
      </span>
      {session && (
        <button type="button" className="link sign-out" onClick={leave}>
          Sign out
        </button>
      )}
    </>
  );
}
