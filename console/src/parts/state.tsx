/** Whether something is well, in a word with a sign: never by colour alone. */
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

const ICONS: Readonly<Record<Tone, IconName>> = { good: 'check', warn: 'warn', bad: 'cross', plain: 'clock' };

export function State({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <span className={`state ${tone}`}>
      <Icon name={ICONS[tone]} />
      {children}
    </span>
  );
}

const OF_TENANTS: Readonly<Record<string, Tone>> = {
  ...{ safe: 'good', late: 'warn', partial: 'bad', broken: 'bad', unprotected: 'bad' },
  ...{ departed: 'plain', destroyed: 'plain' },
};

export function TenantState({ state }: { readonly state: string }) {
  return <State tone={OF_TENANTS[state] ?? 'plain'}>{state}</State>;
}
