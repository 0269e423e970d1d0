/** `advise`: what changes of a deployment save on AWS, and what they cost in recovery point or time, from counted figures. */
import type { Command } from 'commander';
import { adviseFleet } from '../../lib/planner/advise-fleet.ts';
import { ASSUMPTIONS } from '../../lib/planner/fleet-profile.ts';
import { dollars } from '../terminal/cost-text.ts';
import { plural } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { wrap } from '../terminal/wrap.ts';
import { pricedProfile, pricedSettings } from './cost.ts';

interface AdviseOptions {
  readonly tenants?: string;
  readonly deployment?: string;
}

export function registerAdvise(program: Command): void {
  program
    .command('advise')
    .description('what changes would save, and what they cost in recovery')
    .option('--tenants <number>', 'number of tenants (default: as in the catalog)')
    .option('--deployment <file>', 'deployment file (default: the default of every field)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast advise\n  $ holdfast advise --deployment deployment.ts --json\n\nEach change alone, as the difference of two bills of `holdfast cost`. Nothing is\nchanged.',
    )
    .action(inSession(advise));
}

async function advise(session: Session, options: AdviseOptions): Promise<void> {
  const settings = await pricedSettings(options);
  const profile = await pricedProfile(session, options);
  const found = adviseFleet(profile, settings, ASSUMPTIONS);
  session.emit({ ...found, tenants: profile.tenants, counted: profile.counted ?? [] }, () => {
    const { style, columns } = session;
    const known = profile.counted?.length
      ? `From the catalog: ${profile.counted.join(', ')}.`
      : 'Nothing is counted yet: all figures are assumed.';
    const lines = found.advice.map(({ change, savesUsd, recoveryPoint, recoveryTime, note }) => {
      const amount = savesUsd < 0 ? `costs ${dollars(-savesUsd)}` : `saves ${dollars(savesUsd)}`;
      const price = [`recovery point: ${recoveryPoint}`, `recovery time: ${recoveryTime}`, note];
      return `${style.bold(amount)} a month  ${change}\n${price.map(text => style.dim(wrap(text, columns, '  '))).join('\n')}\n`;
    });
    const head = `${plural(profile.tenants, 'tenant')}: ${dollars(found.usd)} a month. ${known}`;
    return `${wrap(head, columns)}\n\n${lines.join('\n')}`;
  });
}
