/** Style of reports and the status page: both colour schemes, contrast of at least 4.5:1 for text, paper without cut rows. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1c2126; --dim: #57606a; --line: #d0d7de; --paper: #ffffff; --panel: #f6f8fa;
  --good: #116329; --bad: #a40e26; --warn: #7d4e00; --s0: #0969da; --s1: #bc4c00; --s2: #8250df; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9198a1; --line: #3d444d; --paper: #0d1117;
  --panel: #161b22; --good: #56d364; --bad: #ff8b85; --warn: #e3b341; --s0: #58a6ff; --s1: #f0883e; --s2: #bc8cff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem;
  padding-top: .8rem; border-top: 2px solid var(--line); } h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { margin: .3rem 0; } .lead, .note { color: var(--dim); } .note { font-size: .9rem; }
code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; } a { color: inherit; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: .8rem; margin: 1.2rem 0; padding: 0; }
.tile { background: var(--panel); border: 1px solid var(--line); border-left: .3rem solid var(--line); border-radius: .4rem;
  padding: .7rem .9rem; } .tile dt { color: var(--dim); font-size: .85rem; } .tile dd { margin: .1rem 0; font-size: 1.35rem;
  font-weight: 650; line-height: 1.25; } .tile p { color: var(--dim); font-size: .82rem; margin: 0; }
.tile.good { border-left-color: var(--good); } .tile.bad { border-left-color: var(--bad); } .tile.bad dd { color: var(--bad); }
.tile.unknown { border-left-style: dashed; } .tile.unknown dd { color: var(--dim); font-weight: 500; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); }
td, tbody th { white-space: nowrap; } .long { white-space: normal; overflow-wrap: anywhere; min-width: 9rem; } td.long { min-width: 16rem; }
thead th { color: var(--dim); font-weight: 600; font-size: .85rem; } tbody th { font-weight: 500; }
details { margin: .2rem 0 1rem; } summary { color: var(--dim); font-size: .9rem; cursor: pointer; }
.found, .missing { margin: .2rem 0; padding-left: 1.4rem; } .found li::marker { content: "✓  "; color: var(--good); }
.missing li::marker { content: "✗  "; color: var(--bad); } .good-text { color: var(--good); } .bad-text { color: var(--bad); }
.chart { margin: 1rem 0 .2rem; } figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .2rem; }
svg { display: block; width: 100%; height: auto; } svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { fill: var(--dim); font: 11px system-ui, sans-serif; } svg .hatch { stroke: var(--line); stroke-width: 3; }
svg .limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 6 4; }
svg polyline { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
svg polyline.s0 { stroke: var(--s0); } svg polyline.s1 { stroke: var(--s1); } svg polyline.s2 { stroke: var(--s2); }
svg rect.s0, svg circle.s0 { fill: var(--s0); } svg rect.s1, svg circle.s1 { fill: var(--s1); } svg rect.s2, svg circle.s2 { fill: var(--s2); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .2rem 0 0; padding: 0; font-size: .85rem; color: var(--dim); }
.legend li::before { content: ""; display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; vertical-align: -.05rem;
  border-radius: .15rem; background: var(--s0); } .legend .s1::before { background: var(--s1); } .legend .s2::before { background: var(--s2); }
.legend .limit::before { background: none; border-top: 2px dashed var(--bad); border-radius: 0; height: 0; vertical-align: .25rem; }
.legend .gap::before { background: repeating-linear-gradient(45deg, var(--line) 0 2px, transparent 2px 4px); border: 1px solid var(--line); }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .8rem; color: var(--dim); font-size: .88rem; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } h2, h3, figcaption { break-after: avoid; }
  tr, .tile, .chart { break-inside: avoid; } .wide { overflow: visible; } td { white-space: normal; } }
`;
