/** The look of the web component: a sheet that is adopted, so that a policy without inline styles holds. */
export const STYLE = `
:host { display: block; font: inherit; color: inherit; --line: light-dark(#d8dee2, #3a4851);
  --good: light-dark(#1a6b3c, #6fd39a); --warn: light-dark(#7d4e00, #f0b95b); --bad: light-dark(#a8231c, #ff9a90);
  --accent: var(--holdfast-accent, light-dark(#0b5c66, #5cc3cf)); --accent-ink: var(--holdfast-accent-ink, light-dark(#fff, #06252a)); }
* { box-sizing: border-box; }
section, form, .forms { display: grid; gap: 12px; }
p, ul, h3 { margin: 0; padding: 0; }
ul { list-style: none; }
.sentence { padding: 12px 14px; border: 1px solid var(--tone, var(--line)); border-left-width: 5px; border-radius: 8px; }
.sentence strong { display: block; }
.good { --tone: var(--good); } .warn { --tone: var(--warn); } .bad { --tone: var(--bad); }
.sign { color: var(--tone); margin-right: 6px; }
small { opacity: 0.85; }
.error { color: var(--bad); }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
button { font: inherit; min-height: 36px; padding: 6px 14px; border: 1px solid currentColor; border-radius: 6px; background: none; color: inherit; cursor: pointer; }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
button:disabled { opacity: 0.55; cursor: not-allowed; }
input, select, textarea { font: inherit; color: inherit; background: light-dark(#fff, #1e2930); width: 100%; min-height: 36px; padding: 6px 10px; border: 1px solid light-dark(#7c8b94, #70818b); border-radius: 6px; }
label { display: grid; gap: 4px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;
