/**
 * A summary of every stack, kept in the repository so that a review shows what a change does to the account: permissions,
 * alarms, schedules, retention, and resources that cannot be recreated. After an intended change:
 * `npm run test:infra -- stack-summary -u`.
 */
import { describe, expect, it } from 'vitest';
import { stackSummary } from './stack-summary.ts';
import {
  CONSOLE,
  DRILLS,
  FAILOVER_DEPLOYMENT,
  STANDBY_DEPLOYMENT,
  synthesized,
  VAULT_DEPLOYMENT,
  WITH_MESSAGES,
} from './synthesized.ts';

const STACKS = [
  ...['vault-primary', 'vault-secondary', 'vault-tertiary', 'replica-secondary', 'replica-tertiary'],
  ...['retention-secondary', 'retention-tertiary'],
  ...['observability', 'protection', 'recovery', 'observability-standby', 'recovery-standby', 'watch'],
];
/** Stacks that differ by key mode. */
const POOLED = ['vault-primary', 'replica-secondary', 'protection', 'recovery'];

describe.each([
  ['dedicated', STACKS],
  ['pooled', POOLED],
] as const)('with a standby and %s keys', (mode, reviewed) => {
  const templates = () => synthesized({ ...STANDBY_DEPLOYMENT, keys: { mode } }).templates;

  it('there are thirteen stacks', () => {
    expect([...templates().keys()].sort()).toEqual(STACKS.map(stack => `holdfast-${stack}`).sort());
  });

  it.each(reviewed)('%s matches its reviewed summary', async stack => {
    const summary = stackSummary(templates().get(`holdfast-${stack}`)!.toJSON());
    await expect(summary).toMatchFileSnapshot(`summaries/${mode}/${stack}.txt`);
  });
});

describe('with a fail-over', () => {
  it.each(['protection-standby', 'recovery-standby', 'observability-standby'])(
    '%s matches its reviewed summary',
    async stack => {
      const summary = stackSummary(synthesized(FAILOVER_DEPLOYMENT).templates.get(`holdfast-${stack}`)!.toJSON());
      await expect(summary).toMatchFileSnapshot(`summaries/failover/${stack}.txt`);
    },
  );
});

describe('with a vault account', () => {
  it.each(['vault-access', 'vault-access-elsewhere', 'vault-watch', 'protection', 'recovery'])(
    '%s matches its reviewed summary',
    async stack => {
      const summary = stackSummary(synthesized(VAULT_DEPLOYMENT).templates.get(`holdfast-${stack}`)!.toJSON());
      await expect(summary).toMatchFileSnapshot(`summaries/vault-account/${stack}.txt`);
    },
  );
});

describe('with drills', () => {
  it.each(['recovery', 'observability'])('%s matches its reviewed summary', async stack => {
    const template = synthesized({ ...STANDBY_DEPLOYMENT, drills: DRILLS }).templates.get(`holdfast-${stack}`)!;
    await expect(stackSummary(template.toJSON())).toMatchFileSnapshot(`summaries/drills/${stack}.txt`);
  });
});

describe('with messages to webhooks', () => {
  it('observability matches its reviewed summary', async () => {
    const template = synthesized(WITH_MESSAGES).templates.get('holdfast-observability')!;
    await expect(stackSummary(template.toJSON())).toMatchFileSnapshot('summaries/messages/observability.txt');
  });
});

describe('with a public status page', () => {
  it.each(['status-page-primary', 'status-page-secondary'])('%s matches its reviewed summary', async stack => {
    const template = synthesized({ ...STANDBY_DEPLOYMENT, statusPage: {} }).templates.get(`holdfast-${stack}`)!;
    await expect(stackSummary(template.toJSON())).toMatchFileSnapshot(`summaries/status-page/${stack}.txt`);
  });
});

describe('with a console', () => {
  it('the console matches its reviewed summary', async () => {
    const template = synthesized({ console: CONSOLE }).templates.get('holdfast-console')!;
    await expect(stackSummary(template.toJSON())).toMatchFileSnapshot('summaries/console/console.txt');
  });
});
