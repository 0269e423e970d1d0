/** The end of the demo: its totals, and commands to try next, which work exactly as printed. */
import { duration } from '../terminal/format.ts';
import { CARELESS, type DemoRun, type Restored, type TheAccident, VICTIM } from './chapters.ts';

export interface Closing {
  readonly accident: TheAccident;
  readonly restored: Restored;
  readonly keep: boolean;
  /** What a shell needs besides the configuration. */
  readonly environment: Record<string, string>;
  readonly seconds: number;
}

export function closing(
  { story, workload }: DemoRun,
  { accident, restored, keep, environment, seconds }: Closing,
): void {
  const { style } = story;
  const { committed, errors } = workload.total();
  story.chapter('What to try next');
  story.say(
    `The demo took ${duration(seconds * 1000)}, the restore ${duration(restored.restoreMs)} of it. The application committed ${committed.toLocaleString('en-US')} transactions meanwhile; ${errors} failed.`,
  );
  const config = '.holdfast-demo/holdfast.yaml';
  const commands: [string, string][] = [
    [`holdfast status`, 'which tenants are safe, and up to when'],
    [`holdfast timeline ${VICTIM}`, 'every moment it can be restored to'],
    [`holdfast incident ${VICTIM}`, 'what went wrong, and the smallest way back'],
    [`holdfast mark ${CARELESS} before-import`, 'name this moment as a target'],
    [`holdfast diff ${CARELESS} --to '30 seconds ago'`, 'what a restore would change'],
    [`holdfast restore ${VICTIM} --to ${accident.second} --side-by-side`, 'that state in a separate schema'],
    [`holdfast verify ${VICTIM}`, 'restore to scratch and compare checksums'],
  ];
  const width = Math.max(...commands.map(([command]) => command.length));
  if (keep) {
    story.say(
      'The database, the application and the change log keep running until you press Ctrl-C. In another terminal:',
    );
    story.show(
      [
        style.bold(
          `export HOLDFAST_CONFIG=$PWD/${config} ${Object.entries(environment)
            .map(([name, value]) => `${name}=${value}`)
            .join(' ')}`,
        ),
        ...commands.map(([command, why]) => `${style.bold(`npx ${command.padEnd(width)}`)}  ${style.dim(why)}`),
      ].join('\n'),
    );
    story.say(style.dim('Ctrl-C stops and removes everything.'));
    return;
  }
  story.say(
    `The demo has removed everything. ${style.bold('npm run demo -- --keep')} keeps it running, for commands such as`,
  );
  story.show(commands.map(([command, why]) => `${style.bold(command.padEnd(width))}  ${style.dim(why)}`).join('\n'));
  story.say('With your own database (these commands only read it):');
  story.show(
    ['npx holdfast init --url postgres://…', 'npx holdfast discover', 'npx holdfast doctor'].map(style.bold).join('\n'),
  );
}
