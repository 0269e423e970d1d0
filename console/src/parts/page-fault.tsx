/** A page that could not be shown at all. */
import { useRouteError } from 'react-router';
import { Page, Trouble } from './page.tsx';

export function PageFault() {
  return (
    <Page title="Holdfast">
      <Trouble error={useRouteError()} retry={() => location.reload()} />
    </Page>
  );
}
