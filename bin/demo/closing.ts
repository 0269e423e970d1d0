/** The end of the demo: what it came to, and what to try next with commands that work as they stand here. */
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
    [`holdfast status`, 'who is safe, and until when'],
    [`holdfast timeline ${VICTIM}`, 'every moment it can go back to'],
    [`holdfast log ${VICTIM} --from ${accident.second}`, 'what the accident did, change by change'],
    [`holdfast mark ${CARELESS} before-import`, 'a name for this moment, to go back to'],
    [`holdfast diff ${CARELESS} --to '30 seconds ago'`, 'what going back would change'],
    [`holdfast restore ${VICTIM} --to ${accident.second} --side-by-side`, 'then, as a schema beside now'],
    [`holdfast verify ${VICTIM}`, 'restore into scratch and compare with its checksums'],
  ];
  const width = Math.max(...commands.map(([command]) => command.length));
  if (keep) {
    story.say(
      'The database, the application and the change log go on until you press Ctrl-C here. In another terminal:',
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
    story.say(style.dim('Ctrl-C ends and removes everything.'));
    return;
  }
  story.say(
    `Everything of the demo is gone now. ${style.bold('npm run demo -- --keep')} leaves it running, for commands such as`,
  );
  story.show(commands.map(([command, why]) => `${style.bold(command.padEnd(width))}  ${style.dim(why)}`).join('\n'));
  story.say('With your own database (only reading, until you say otherwise):');
  story.show(
    ['npx holdfast init --url postgres://…', 'npx holdfast discover', 'npx holdfast doctor'].map(style.bold).join('\n'),
  );
}
