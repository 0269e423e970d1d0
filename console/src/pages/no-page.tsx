/** An address that is none. */
import { Link } from 'react-router';
import { Empty, Page } from '../parts/page.tsx';

export function Component() {
  return (
    <Page title="No such page">
      <Empty title="There is nothing at this address.">
        <Link to="/">To the fleet</Link>
      </Empty>
    </Page>
  );
}
