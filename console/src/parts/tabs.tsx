/** Views of one page, each with an address. */
import { Link } from 'react-router';
import { Icon } from './icon.tsx';

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly { readonly name: string; readonly to: string; readonly isHere: boolean }[];
}

export function Tabs({ label, tabs }: TabsProps) {
  return (
    <nav className="page-tabs" aria-label={label}>
      {tabs.map(({ name, to, isHere }) => (
        <Link key={name} className="button" to={to} replace aria-current={isHere ? 'page' : undefined}>
          {isHere && <Icon name="check" />}
          {name}
        </Link>
      ))}
    </nav>
  );
}
