/** What the status page adds to the style of reports. Invariant: each state of a day has a shape beside its colour. */
export const STATUS_STYLE = `
.banner { margin: .8rem 0; padding: .8rem 1rem; border: 1px solid var(--line); border-left: .3rem solid var(--line); border-radius: .4rem;
  background: var(--panel); font-size: 1.15rem; font-weight: 650; }
.banner.up { border-left-color: var(--good); } .banner.degraded { border-left-color: var(--warn); }
.banner.down { border-left-color: var(--bad); } .banner.unknown { border-left-style: dashed; }
.component, .incident { margin: 1.4rem 0; } .component h3 { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; margin: 0 0 .4rem; }
.state { font-weight: 600; } .state.up { color: var(--good); } .state.degraded { color: var(--warn); } .state.down { color: var(--bad); }
.state.unknown { color: var(--dim); }
svg.bars { height: 2.25rem; } rect.up { fill: var(--good); } rect.degraded { fill: var(--warn); } rect.down { fill: var(--bad); }
rect.idle { fill: var(--dim); } svg.bars .hatch { stroke: var(--dim); stroke-width: 1.2; }
.scale { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 .8rem; color: var(--dim); font-size: .85rem; }
.uptime { color: var(--ink); font-weight: 600; } .uptime.missed { color: var(--bad); }
.legend.days { margin-bottom: .6rem; } .legend.days li::before { width: .5rem; height: .9rem; vertical-align: baseline; border-radius: 0; }
.legend.days .up::before { background: var(--good); } .legend.days .degraded::before { background: var(--warn); height: .6rem; }
.legend.days .down::before { background: var(--bad); height: .3rem; } .legend.days .idle::before { background: var(--dim); height: .1rem; }
.legend.days .unknown::before { background: repeating-linear-gradient(45deg, var(--dim) 0 1px, transparent 1px 3px); }
.updates { list-style: none; margin: .5rem 0; padding: 0 0 0 .9rem; border-left: 2px solid var(--line); } .updates li { margin: 0 0 .8rem; }
.updates time { color: var(--dim); font-size: .88rem; margin-left: .4rem; } .updates p { overflow-wrap: anywhere; } h1 { overflow-wrap: anywhere; }
@media (max-width: 30rem) { .uptime { order: 1; flex-basis: 100%; } }
@media print { * { print-color-adjust: exact; } .component, .updates li, .banner { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; } }
`;
