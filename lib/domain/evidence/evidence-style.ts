/** Style of the evidence page: both colour schemes, contrast of at least 4.5:1, and paper without cut rows. */
export const EVIDENCE_STYLE = `
:root { color-scheme: light dark; --ink: #1c2126; --dim: #57606a; --line: #d0d7de; --paper: #ffffff; --met: #116329;
  --partly: #7d4e00; --not: #a40e26; --panel: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9198a1; --line: #3d444d; --paper: #0d1117;
  --met: #56d364; --partly: #e3b341; --not: #ff8b85; --panel: #161b22; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 1rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .3rem; } h4 { font-size: .9rem; margin: .8rem 0 .2rem; color: var(--dim); }
h2 span { font-weight: 500; } em { font-style: normal; font-size: .85em; }
p, ul { margin: .3rem 0; } ul { padding-left: 1.3rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0 0 1rem; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
a { color: inherit; } code { font: .82em ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; } th, td { text-align: left; vertical-align: top;
  padding: .35rem .6rem; border-bottom: 1px solid var(--line); } thead th { color: var(--dim); font-weight: 600; }
.control { border-top: 2px solid var(--line); } .met { color: var(--met); } .partly-met { color: var(--partly); }
.not-met { color: var(--not); } .missing li::marker { content: "✗  "; color: var(--not); }
.found li::marker { content: "✓  "; color: var(--met); } .questions li::marker { content: "?  "; color: var(--dim); }
.review { background: var(--panel); } .review th { width: 15rem; font-weight: 500; } .review td { height: 2.2rem; }
.objects td:last-child { width: 50%; }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; } tr, h2, h3 { break-inside: avoid;
  break-after: auto; } h2, h3 { break-after: avoid; } details > * { display: block; } .control { break-inside: avoid; } }
`;
