/** A sign-in that did not end well: what happened, and the way to begin again. */
export function SignInTrouble({ error }: { readonly error: unknown }) {
  return (
    <main className="alone">
      <h1>Not signed in</h1>
      <p>{error instanceof Error ? error.message : 'Signing in did not work.'}</p>
      <p>
        <a href="/">Sign in again</a>
      </p>
    </main>
  );
}
