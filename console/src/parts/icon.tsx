/** Small pictures beside words; never the only carrier of a meaning. */

const PATHS = {
  approve: 'M3 8.5l3.2 3.2L13 5',
  audit: 'M4 2h6l3 3v9H4zM10 2v3h3M6 8h5M6 11h5',
  back: 'M7 3L2 8l5 5M2 8h12',
  chart: 'M2 14h12M4 12V8M8 12V3M12 12V6',
  check: 'M3 8.5l3.2 3.2L13 5',
  clock: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.5V8l2.5 1.6',
  cost: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM10 5.8c-.4-.8-1.200-1-2-1-1.200 0-2 .6-2 1.500 0 2.200 4.200 1 4.200 3.200 0 1-.9 1.700-2.200 1.700-1 0-1.900-.4-2.200-1.200M8 3.800v8.400',
  cross: 'M4 4l8 8M12 4l-8 8',
  destroy: 'M3 4h10M6 4V2.500h4V4M4.500 4l.6 9.500h5.800l.6-9.500M6.800 6.500v5M9.200 6.500v5',
  drill:
    'M8 1.500l5.500 2v4c0 3.500-2.300 5.800-5.500 7-3.200-1.200-5.500-3.500-5.500-7v-4zM5.500 8l1.800 1.800L10.700 6.400',
  evidence: 'M3 2h7l3 3v9H3zM5.500 9l1.800 1.800L10.500 7.500',
  fleet: 'M2 3h5v4H2zM9 3h5v4H9zM2 9h5v4H2zM9 9h5v4H9z',
  gear: 'M8 5.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5zM8 1.500v2M8 12.500v2M1.500 8h2M12.500 8h2M3.400 3.400l1.400 1.400M11.200 11.200l1.400 1.400M3.400 12.600l1.400-1.400M11.200 4.800l1.400-1.400',
  hold: 'M4 7.500h8v6H4zM5.500 7.500V5a2.500 2.500 0 0 1 5 0v2.500',
  menu: 'M2 4h12M2 8h12M2 12h12',
  person:
    'M8 2a2.700 2.700 0 1 0 0 5.400A2.700 2.700 0 0 0 8 2zM2.500 14c.5-3 2.600-4.500 5.500-4.500s5 1.500 5.500 4.500',
  region:
    'M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 0 0 8 1.800zM2 8h12M8 1.800c2 2 2.800 4 2.800 6.200S10 12.200 8 14.200c-2-2-2.800-4-2.800-6.200S6 3.800 8 1.800z',
  report: 'M3 2h10v12H3zM5.500 11V8.500M8 11V5.500M10.500 11V7',
  restore: 'M3 8a5 5 0 1 0 1.500-3.500L3 6M3 2.500V6h3.500',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM10.500 10.500L14 14',
  warn: 'M8 2L1.500 13.500h13zM8 6.500v3.200M8 11.700v.1',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.500"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
