/**
 * A year of one installation through the real request path, on adapters in memory with a real keyring and signer. Every step says
 * beforehand what must come of it, and writes that into the model (year-model.ts): an answer that differs ends the test. A restore
 * has no database here: its kind stores the signed record that a restore leaves, with the product's own `recordRestore`.
 */
import * as z from 'zod';
import { type ApprovalRules, approvalRuleFor } from '../../lib/domain/approval-rule.ts';
import { HoldfastError } from '../../lib/domain/errors.ts';
import type { GovernedAction } from '../../lib/domain/governed-action.ts';
import { formatLsn, lsn } from '../../lib/domain/lsn.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { defaultSettings, type Settings } from '../../lib/domain/settings.ts';
import { AUDITORS, SYSTEM, type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { holdingVault } from '../../lib/operations/catalog/holding-vault.ts';
import type { Context } from '../../lib/operations/context.ts';
import type { ActionKind } from '../../lib/operations/governance/action-kind.ts';
import { appendEvent } from '../../lib/operations/governance/audit-trail.ts';
import { authorizer } from '../../lib/operations/governance/authorize.ts';
import { cancelRequest } from '../../lib/operations/governance/cancel-request.ts';
import { decideRequest } from '../../lib/operations/governance/decide-request.ts';
import { destructionDeps } from '../../lib/operations/governance/destruction/destruction-deps.ts';
import { executeAction } from '../../lib/operations/governance/execute-action.ts';
import { type GovernanceDeps, requestAction } from '../../lib/operations/governance/request-action.ts';
import { recordRestore } from '../../lib/operations/restore/apply/record-restore.ts';
import { standingHolds } from '../../lib/operations/storage/standing-holds.ts';
import { ACTION_KINDS } from '../../lib/runtime/action-kinds.ts';
import { person } from './governed.ts';
import { type LocalDeps, localDeps } from './local-deps.ts';
import { memoryCatalog } from './memory-catalog.ts';
import { memoryVault } from './memory-vault.ts';
import { DAY_MS, type Periods } from './retention-model.ts';
import { type ModelRequest, type ModelTenant, YearModel } from './year-model.ts';

export const INSTALLATION = 'year';
export const PEOPLE = {
  olga: person('olga', ['operator']),
  otto: person('otto', ['operator']),
  anna: person('anna', ['approver']),
  bert: person('bert', ['approver']),
  lena: person('lena', ['legal-officer']),
  luis: person('luis', ['legal-officer']),
  ada: person('ada', ['auditor']),
  rosa: person('rosa', ['system-administrator']),
  ruth: person('ruth', ['system-administrator']),
  nora: person('nora', []),
  clock: { ...person('clock', ['operator']), proof: 'schedule' } as Principal,
};

/** What the trail calls requesting, deciding and executing. */
const CALLED: Readonly<Record<string, readonly [ask: string, decide: string, execute: string]>> = {
  restore: ['restore', 'approveRestore', 'restore'],
  hold: ['hold', 'approveHold', 'hold'],
  release: ['requestRelease', 'approveRelease', 'release'],
  destroy: ['destroy', 'approveDestroy', 'destroy'],
  'fail-over': ['failOver', 'approveFailOver', 'failOver'],
  'change-policy': ['changePolicy', 'approveChangePolicy', 'changePolicy'],
};
export const APPROVALS = { restore: 1, hold: 0, release: 2, destroy: 2, 'change-policy': 1 } as const;
const HOURS = { restore: 40, hold: 24, release: 24 * 20, destroy: 24 * 20, 'change-policy': 24 * 10 } as const;
type Action = keyof typeof APPROVALS;

const rules: ApprovalRules = {
  actions: Object.fromEntries(
    (Object.keys(APPROVALS) as Action[]).map(action => [
      action,
      { approvals: APPROVALS[action], from: ['approver'], tenantAdministrator: 'no', expiresHours: HOURS[action] },
    ]),
  ),
  tenants: {},
};

export const USUAL: Periods = { dailyDays: 21, weeklyDays: 56, monthlyDays: 120, annualDays: 400, logDays: 14 };

export interface Asked extends ModelRequest {
  /** As it is kept, and its hash. */
  readonly plan: string;
  readonly planHash: string;
  readonly of: ModelTenant;
}

export class GovernedYear {
  readonly model = new YearModel();
  readonly begin = Date.parse('2026-01-01T00:00:00Z');
  readonly settings: Settings = defaultSettings({
    retentionDays: { snapshot: 10, log: 10, incremental: 10, record: 2557 },
    keep: USUAL,
  });
  readonly deps: Omit<LocalDeps, 'crash'> & GovernanceDeps & Pick<Context, 'slot'>;
  readonly kinds: readonly ActionKind[] = ACTION_KINDS.map(kind => (kind.action === 'restore' ? madeRestore : kind));
  readonly administrators = new Map<string, Principal>();
  day = 0;
  readonly #local: LocalDeps;
  #state: number;

  private constructor(local: LocalDeps, seed: number) {
    this.#local = local;
    this.#state = seed;
    const memory = { ...local, vault: memoryVault(local.clock), catalog: memoryCatalog() };
    const stored = { ...memory, vault: holdingVault(memory) };
    const { settings } = this;
    this.deps = {
      ...stored,
      ...{ settings, slot: 's', publication: 'p', model: {} as Context['model'], authorize: authorizer() },
      record: (tenant, draft) => appendEvent({ ...stored, settings }, tenant, draft),
      isHeld: async tenant => (await standingHolds(stored, tenant)).length > 0,
      policyFor: (action, tenant) => approvalRuleFor(rules, action, tenant),
    };
  }

  static async open(seed: number, tenants: number): Promise<GovernedYear> {
    const year = new GovernedYear(await localDeps({ installation: INSTALLATION }), seed);
    const { keyring, clock } = year.deps;
    clock.set(new Date(year.begin));
    for (const owner of [SYSTEM, AUDITORS]) await keyring.ensureKey(owner);
    for (let number = 0; number < tenants; number++) {
      const name = `tenant-${number}`;
      const ref = tenantRef(INSTALLATION, tenantId(name));
      await keyring.ensureKey(ref);
      year.model.tenant(name, ref, { ...USUAL, dailyDays: 14 + number });
      year.administrators.set(ref, person(`admin-${number}`, ['tenant-administrator'], [ref]));
    }
    return year;
  }

  dispose = () => this.#local.dispose();
  now = () => this.deps.clock.now().getTime();
  destruction = () => destructionDeps(this.deps);

  /** A whole number from 0 to less than this. */
  below(count: number): number {
    this.#state = (Math.imul(this.#state ^ (this.#state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(this.#state ^ (this.#state >>> 13), 0x297a2d39);
    return ((mixed ^ (mixed >>> 16)) >>> 0) % count;
  }

  chance = (percent: number) => this.below(100) < percent;
  oneOf = <T>(all: readonly T[]): T => all[this.below(all.length)]!;

  shuffled<T>(all: readonly T[]): T[] {
    const sorted = all.map(value => ({ value, at: this.below(1_000_000) })).sort((one, other) => one.at - other.at);
    return sorted.map(({ value }) => value);
  }

  /** Does it, and compares what came of it with what must. `code`: undefined where it must succeed. */
  async expecting<T>(code: string | undefined, work: () => Promise<T>): Promise<T | undefined> {
    // What two people do in one millisecond has no order.
    this.deps.clock.advance(1000);
    const came = await work().then(
      value => ({ value, code: undefined }),
      error => {
        if (!(error instanceof HoldfastError)) throw error;
        return { value: undefined, code: error.code, error };
      },
    );
    if (came.code !== code)
      throw new Error(`day ${this.day}: ${code ?? 'success'} was expected, not ${came.code ?? 'success'}`, {
        cause: 'error' in came ? came.error : undefined,
      });
    return came.value;
  }

  note(of: Pick<ModelTenant, 'ref'>, who: Principal, what: string): void {
    this.model.event(of.ref, this.now(), who.name, what);
  }

  async ask(
    who: Principal,
    action: Action,
    of: ModelTenant,
    input: unknown,
    code?: string,
  ): Promise<Asked | undefined> {
    return this.askBecause('as agreed', { who, action, of, input, code });
  }

  async askBecause(
    reason: string,
    {
      who,
      action,
      of,
      input,
      code,
    }: { who: Principal; action: Action; of: ModelTenant; input: unknown; code?: string | undefined },
  ): Promise<Asked | undefined> {
    const tenant = of.ref as TenantRef;
    const made = await this.expecting(code, () =>
      requestAction(this.deps, this.kinds, { principal: who, action: action as GovernedAction, tenant, input, reason }),
    );
    const [called] = CALLED[action]!;
    this.note(of, who, code === undefined ? `${called} requested` : `${called} denied ${code}`);
    if (made === undefined) return undefined;
    const asked: Asked = {
      ...{ id: made.id, tenant: of.ref, of, action, plan: made.plan, planHash: made.planHash, approvals: 0 },
      ...{ state: 'waiting', expires: this.now() + HOURS[action] * 3600_000 },
    };
    this.model.requests.push(asked);
    if (APPROVALS[action] > 0) this.model.alarm('approval-wanted');
    return asked;
  }

  async decide(who: Principal, asked: Asked, agrees: boolean, code?: string): Promise<void> {
    const { id, of, planHash } = asked;
    const named = { principal: who, tenant: of.ref as TenantRef, id, planHash };
    await this.expecting(code, () => decideRequest(this.deps, { ...named, agrees }));
    const called = CALLED[asked.action]![1];
    this.note(
      of,
      who,
      code === undefined ? `${called} ${agrees ? 'approved' : 'refused'}` : `${called} denied ${code}`,
    );
    if (code !== undefined) return;
    if (!agrees) asked.state = 'refused';
    else asked.approvals += 1;
  }

  /** `failsIn`: the code with which doing it fails, after it was begun. */
  async execute(who: Principal, asked: Asked, code?: string, failsIn?: string): Promise<boolean> {
    const { id, of } = asked;
    await this.expecting(code ?? failsIn, () =>
      executeAction(this.deps, this.kinds, { principal: who, tenant: of.ref as TenantRef, id }),
    );
    const called = CALLED[asked.action]![2];
    if (code !== undefined) {
      this.note(of, who, `${called} ${code === 'request-expired' ? 'expired' : 'denied'} ${code}`);
      return false;
    }
    this.note(of, who, `${called} started`);
    this.note(of, who, failsIn === undefined ? `${called} done` : `${called} failed ${failsIn}`);
    asked.state = failsIn === undefined ? 'done' : 'executing';
    if (failsIn !== undefined) return false;
    asked.doneAt = this.now();
    return true;
  }

  async cancel(who: Principal, asked: Asked): Promise<void> {
    await this.expecting(undefined, () =>
      cancelRequest(this.deps, { principal: who, tenant: asked.of.ref as TenantRef, id: asked.id }),
    );
    this.note(asked.of, who, `${CALLED[asked.action]![0]} cancelled`);
    asked.state = 'cancelled';
  }
}

const Restored = z.strictObject({ drill: z.boolean(), name: z.string() });

const madeRestore: ActionKind<z.infer<typeof Restored>, z.infer<typeof Restored>, { readonly restore: string }> = {
  ...{ action: 'restore', input: Restored, plan: Restored },
  makePlan: async (_deps, _tenant, input) => input,
  describe: ({ drill }) => [drill ? 'Restore beside the live rows.' : 'Restore.'],
  async execute(deps, tenant, { drill, name }, { request, requestedBy, approvedBy, planHash }) {
    const at = deps.clock.now().toISOString();
    const item = await recordRestore(deps as Context, tenant, {
      ...{
        format: 'holdfast.restore-record/1',
        id: request,
        tenantId: name,
        place: drill ? 'side-by-side' : 'in-place',
      },
      ...{ request: RestoreRequest.parse({ tenant: name, target: at }), requestedBy, approvedBy, approvedPlan: true },
      ...{
        previewHash: planHash,
        target: formatLsn(lsn(0n)),
        targetTime: at,
        chain: null,
        tables: [],
        conflicts: [],
        notes: [],
      },
      ...{
        totals: { inserted: 0, updated: 0, deleted: 0 },
        sequences: [],
        attempts: 1,
        transaction: null,
        schema: null,
      },
      ...{ phases: { planMs: 0, stageMs: 0, diffMs: 0, applyMs: 0, proveMs: 0 }, startedAt: at, committedAt: at },
      proof: { left: {}, brokenReferences: 0, rows: {} },
    });
    return { proof: { restore: request }, records: { [item.key!]: item.sha256! } };
  },
};

export const daysLater = (at: number, days: number) => at + days * DAY_MS;
