/** Around every page: where one is, who one is, and where one can go. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Navigate, NavLink, Outlet, useLocation, useNavigation } from 'react-router';
import { answer, api } from './api/client.ts';
import { Icon, type IconName } from './parts/icon.tsx';
import { ThemeSwitch } from './parts/theme-switch.tsx';
import { Who } from './sign-in/who.tsx';

interface Place {
  readonly to: string;
  readonly name: string;
  readonly icon: IconName;
}

/** The pages of the menu, in their groups. */
export const MENU: readonly { readonly group: string; readonly places: readonly Place[] }[] = [
  {
    group: 'Recover',
    places: [
      { to: '/', name: 'Fleet', icon: 'fleet' },
      { to: '/requests', name: 'Requests', icon: 'approve' },
    ],
  },
  {
    group: 'Govern',
    places: [
      { to: '/holds', name: 'Holds', icon: 'hold' },
      { to: '/audit', name: 'Audit trail', icon: 'audit' },
      { to: '/evidence', name: 'Evidence', icon: 'evidence' },
    ],
  },
  {
    group: 'Operate',
    places: [
      { to: '/alarms', name: 'Alarms', icon: 'warn' },
      { to: '/drills', name: 'Drills', icon: 'drill' },
      { to: '/regions', name: 'Regions', icon: 'region' },
      { to: '/reports', name: 'Reports', icon: 'report' },
      { to: '/cost', name: 'Cost', icon: 'cost' },
      { to: '/configuration', name: 'Configuration', icon: 'gear' },
    ],
  },
];

/** Of whoever administers a tenant and nothing else: its own pages alone. */
const SELF_MENU: typeof MENU = [
  {
    group: 'Your data',
    places: [
      { to: '/self', name: 'Am I safe?', icon: 'check' },
      { to: '/self/restore', name: 'Restore', icon: 'restore' },
      { to: '/self/export', name: 'Export', icon: 'evidence' },
      { to: '/self/requests', name: 'Requests', icon: 'clock' },
    ],
  },
];

/** As in style.css. */
const NARROW = '(max-width: 900px)';

function isTenantOnly(roles: readonly string[]): boolean {
  return roles.length === 1 && roles[0] === 'tenant-administrator';
}

export function useMe() {
  return useQuery({ queryKey: ['me'], queryFn: () => answer(api.GET('/me')), staleTime: 60_000 });
}

export function Frame() {
  const { data: me, isPending } = useMe();
  const { pathname } = useLocation();
  const navigation = useNavigation();
  const isOwn = me !== undefined && isTenantOnly(me.roles);
  const home = isOwn ? '/self' : '/';
  const main = useRef<HTMLElement>(null);
  const menu = useRef<HTMLDetailsElement>(null);
  const isFirst = useRef(true);

  // Beside the page the menu is open; above it, on a narrow screen, it opens when it is asked to.
  useEffect(() => {
    const narrow = matchMedia(NARROW);
    const adjust = () => {
      if (menu.current) menu.current.open = !narrow.matches;
    };
    adjust();
    narrow.addEventListener('change', adjust);
    return () => narrow.removeEventListener('change', adjust);
  }, []);

  // A new page is announced, and read from its beginning; the first one is where the browser put it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect is of the address
  useEffect(() => {
    if (menu.current && matchMedia(NARROW).matches) menu.current.open = false;
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [pathname]);

  return (
    <div className="frame">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="top">
        <NavLink to={home} className="brand">
          <img src="/icon.svg" alt="" width="22" height="22" /> Holdfast
        </NavLink>
        <span className="installation">{me?.installation}</span>
        <span className="spring" />
        <ThemeSwitch />
        {me && <Who name={me.name} roles={me.roles} />}
      </header>
      <details className="menu" open ref={menu}>
        <summary>
          <Icon name="menu" /> Menu
        </summary>
        <nav aria-label="Pages">
          {(isOwn ? SELF_MENU : MENU).map(({ group, places }) => (
            <section key={group}>
              <h2>{group}</h2>
              <ul>
                {places.map(({ to, name, icon }) => (
                  <li key={to}>
                    <NavLink to={to} end={to === home}>
                      <Icon name={icon} /> {name}
                    </NavLink>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </nav>
      </details>
      <main id="main" ref={main} tabIndex={-1} aria-busy={navigation.state === 'loading'}>
        {pathname !== '/' || !isPending ? <Beginning me={me} home={home} pathname={pathname} /> : null}
      </main>
    </div>
  );
}

/** At the first address: the page of whoever came, which is that of the fleet only for those who may see it. */
function Beginning({
  me,
  home,
  pathname,
}: {
  readonly me: ReturnType<typeof useMe>['data'];
  readonly home: string;
  readonly pathname: string;
}) {
  // Whoever is not known is told so by the page.
  if (pathname !== '/' || me === undefined) return <Outlet />;
  if (home !== '/') return <Navigate to={home} replace />;
  const decides = me.may.includes('seeRequests') && !me.may.includes('seeStatus');
  return decides ? <Navigate to="/requests" replace /> : <Outlet />;
}
