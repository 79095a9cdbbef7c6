/**
 * Back to an older generation, until a person releases it.
 *
 * What it showed is committed anew, as a generation of its own: the layout of the files protects readers only forwards, and nobody may get
 * back silently what was taken from them since. The record of the pin comes first: a run that is killed in between has changed nothing.
 */
import type { Generation } from '../../caches/generation.ts';
import { renderGeneration } from '../../caches/generation-files.ts';
import type { PublishedView } from '../../directory/host-view.ts';
import type { LoginName } from '../../directory/names.ts';
import { HoldfastError } from '../../errors.ts';
import { acquireLock } from '../../host/lock.ts';
import type { AuditEvent } from '../../policy/audit/event.ts';
import { checkNobodyLeft } from '../../policy/guards/access-guards.ts';
import { explainRemovals } from '../../policy/guards/removal-reasons.ts';
import { type Plan, planSync } from '../../policy/plan.ts';
import { withIdentitiesOfNow } from '../../policy/rollback/identities.ts';
import { type Difference, type Limited, limitView, type Listed, type Returns } from '../../policy/rollback/limited.ts';
import { readHeldRemovals } from '../../state/held-removals.ts';
import { clearPin, isDamaged, type Pin, type PinRecord, writePin } from '../../state/pin.ts';
import { removeStateLitter } from '../../state/state-file.ts';
import { AuditTrail } from '../audit/audit.ts';
import type { AuditReport } from '../audit/report.ts';
import { commitView, shows } from '../commit-view.ts';
import { type HostContext, prepareState } from '../context.ts';
import { fingerprintOf } from '../keys/key-fingerprint.ts';
import { type LastGood, readLastGood } from '../last-good.ts';
import { chooseTarget } from './choose-target.ts';
import { returnsOf, settlePin } from './pinned.ts';

/** Milliseconds to wait for a run that is at work: a person waits. */
const LOCK_PATIENCE = 60_000;

export interface RollbackOptions {
  /** Undefined for the previous one. */
  readonly target: number | undefined;
  /** A person has decided that people get back what was taken from them, unless they are refused now. */
  readonly restoreAccess: boolean;
  readonly dryRun: boolean;
}

export interface Withheld {
  readonly login: LoginName;
  readonly keys: number;
  readonly reason: string;
  /** Whether `--restore-access` would give any of them back. */
  readonly restorable: boolean;
}

export interface RollbackReport {
  readonly target: number;
  readonly targetCreatedAt: string;
  /** What serves now; in a dry run, what goes on serving. */
  readonly generation: number | undefined;
  readonly plan: Plan;
  readonly returned: Difference;
  /** People who had keys then and do not get them. */
  readonly withheld: readonly Withheld[];
  readonly membersWithheld: Difference['members'];
  /** Whose name or number is another's now. */
  readonly leftOut: readonly string[];
  readonly renumbered: readonly string[];
  readonly audit: AuditReport | undefined;
}

/** @throws HoldfastError `usage`, `cache-failed`, `data-refused`, `lock-held`, `configuration` */
export async function rollBack(context: HostContext, options: RollbackOptions): Promise<RollbackReport> {
  prepareState(context);
  using _lock = await acquireLock(context.paths.lock, LOCK_PATIENCE);
  removeStateLitter(context.paths.privateState);
  const trail = new AuditTrail(context);
  trail.recover();
  const pin = settlePin(context);
  const target = chooseTarget(context, options.target, pin);
  const past = readPast(context, target, pin);
  const limited = limitPast(past, options.restoreAccess ? restored(past) : NOTHING);
  const plan = planSync(past.lastGood.baseline.view(), limited.view);
  refuseNobody(plan, past, limited);
  const generation = options.dryRun ? servingNumber(past) : pinTo(context, past, { ...limited, plan, trail, options });
  return {
    target: target.number,
    targetCreatedAt: target.manifest.createdAt,
    generation,
    plan,
    returned: limited.returned,
    withheld: describeWithheld(past, limited),
    membersWithheld: limited.withheld.members,
    leftOut: past.leftOut,
    renumbered: [...past.renumbered],
    audit: options.dryRun ? undefined : trail.settle(undefined),
  };
}

/** The old view beside what is known now. */
interface Past {
  readonly target: Generation;
  readonly view: PublishedView;
  readonly now: PublishedView;
  readonly lastGood: LastGood;
  readonly pin: Pin | undefined;
  readonly refused: ReadonlySet<LoginName>;
  /** Fingerprints of keys that are revoked, too old, or refused for what they are. */
  readonly refusedKeys: ReadonlySet<string>;
  readonly leftOut: readonly string[];
  readonly renumbered: ReadonlySet<LoginName>;
}

function readPast(context: HostContext, target: Generation, pin: Pin | undefined): Past {
  const lastGood = readLastGood(context);
  const { baseline, judgement, ledger, policy } = lastGood;
  // A damaged one may show who was refused since.
  const now = baseline.fault === undefined ? baseline.view() : judgement.view;
  const holderOf = (uid: number): string | undefined => {
    const index = ledger.held.indexOf(uid);
    return index === -1 ? undefined : ledger.held.read(index).name;
  };
  const identified = withIdentitiesOfNow(context.store.view(target), { shown: now, local: context.local, holderOf });
  const { view, leftOut, renumbered } = identified;
  const held = readHeldRemovals(context.paths.heldRemovals)?.refused.map(({ name }) => name as LoginName) ?? [];
  const findings = judgement.view.rejections.filter(({ map, verdict }) => map === 'keys' && verdict === 'quarantined');
  return {
    target,
    view,
    now,
    lastGood,
    pin,
    refused: new Set([...judgement.view.refused, ...judgement.view.staleDenied.keys(), ...held]),
    refusedKeys: new Set([...policy.keys.revoked, ...findings.flatMap(({ fingerprint }) => fingerprint ?? [])]),
    leftOut,
    renumbered,
  };
}

function limitPast({ view: then, now, refused }: Past, returns: Returns): Limited {
  return limitView(then, { shown: now, refused, fingerprint: fingerprintOf }, returns);
}

/** What an earlier rollback gave back is there now. */
const NOTHING: Returns = { key: () => false, member: () => false };

function restored({ refused, refusedKeys, renumbered }: Past): Returns {
  return {
    key: (login, fingerprint) => !refusedKeys.has(fingerprint) && !renumbered.has(login),
    member: (_group, login) => !refused.has(login) && !renumbered.has(login),
  };
}

function refuseNobody(plan: Plan, { target, lastGood }: Past, { withheld }: Limited): void {
  if (checkNobodyLeft(plan, lastGood.policy.access, lastGood.judgement.view).length === 0) return;
  const hint =
    withheld.keys.size === 0
      ? 'another one: holdfast generations'
      : `with who had access then: holdfast rollback ${target.number} --restore-access`;
  throw new HoldfastError('data-refused', `generation ${target.number} would let nobody in who has access now: nothing was changed`, {
    hints: [hint],
  });
}

interface Switch extends Limited {
  readonly plan: Plan;
  readonly trail: AuditTrail;
  readonly options: RollbackOptions;
}

/** @returns the generation that serves then */
function pinTo(context: HostContext, past: Past, { view, returned, plan, trail, options }: Switch): number {
  const { target, lastGood, pin } = past;
  const { baseline, judgement, policy } = lastGood;
  const rendered = renderGeneration(view, context.store.minLastOffsets());
  const current = baseline.fault === undefined ? baseline.generation : undefined;
  const isShown = current !== undefined && shows(current.manifest, { rendered, view });
  const record = {
    target: target.number,
    generation: isShown ? current.number : context.store.nextNumber(),
    since: context.now().toISOString(),
    ...withEarlier(pin, returned, view),
  };
  const decision = decisionOf(target, options);
  writePin(context.paths.pin, { ...record, ...previousOf(pin) });
  if (isShown) {
    trail.note(decision);
    return current.number;
  }
  const origins = target.manifest.sources.filter(({ name }) => context.config.source.some((source) => source.name === name));
  const why = `rollback to generation ${target.number}`;
  const commission = { view, policy, trail, rendered, origins, why, plan, judged: judgement.view, decision };
  try {
    return commitView({ ...context, sources: context.config.source }, baseline, commission).generation;
  } catch (error) {
    unpin(context, pin);
    throw error;
  }
}

/** The next run does the same, where this fails. */
function unpin({ paths }: HostContext, earlier: Pin | undefined): void {
  try {
    if (earlier === undefined || isDamaged(earlier)) clearPin(paths.pin);
    else writePin(paths.pin, earlier);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
  }
}

function previousOf(pin: Pin | undefined): Pick<PinRecord, 'previous'> {
  if (pin === undefined || isDamaged(pin)) return {};
  const { target, generation, since, keys, members } = pin;
  return { previous: { target, generation, since, keys, members } };
}

/** What an earlier rollback gave back, and still serves, goes on counting as given back. */
function withEarlier(pin: Pin | undefined, returned: Difference, view: PublishedView): Pick<PinRecord, 'keys' | 'members'> {
  const earlier = pin === undefined ? undefined : returnsOf(pin);
  const keys = new Map<string, Set<string>>([...returned.keys].map(([login, prints]) => [login, new Set(prints)]));
  const members = new Map<string, Set<string>>([...returned.members].map(([group, names]) => [group, new Set(names)]));
  if (earlier !== undefined && pin !== undefined && !isDamaged(pin)) {
    for (const { name, values } of pin.keys) if (view.keys.has(name as LoginName)) addAll(keys, name, values);
    for (const { name, values } of pin.members) if (view.group.some((group) => group.name === name)) addAll(members, name, values);
  }
  return { keys: listOf(keys), members: listOf(members) };
}

function addAll(lists: Map<string, Set<string>>, name: string, values: readonly string[]): void {
  lists.set(name, new Set([...(lists.get(name) ?? []), ...values]));
}

function listOf(lists: ReadonlyMap<string, ReadonlySet<string>>): PinRecord['keys'] {
  return [...lists].map(([name, values]) => ({ name, values: [...values] }));
}

function decisionOf({ number }: Generation, { restoreAccess }: RollbackOptions): AuditEvent {
  const text = `rollback to generation ${number}${restoreAccess ? ', with access given back' : ''}`;
  return { event: 'rollback', reason: { code: 'rolled-back', text } };
}

function servingNumber({ lastGood: { baseline } }: Past): number | undefined {
  return baseline.generation?.number;
}

function describeWithheld(past: Past, { withheld }: Limited): Withheld[] {
  const { view: then, lastGood, refused } = past;
  if (withheld.keys.size === 0) return [];
  const { judgement, policy } = lastGood;
  const reasons = explainRemovals(planSync(then, judgement.view), judgement.view, policy);
  const mayReturn = restored(past);
  return withheldLogins(withheld.keys).map(([login, prints]) => ({
    login,
    keys: prints.length,
    reason: reasons.keys.get(login) ?? (refused.has(login) ? 'refused now' : 'keys that were taken away since'),
    restorable: !refused.has(login) && prints.some((print) => mayReturn.key(login, print)),
  }));
}

function withheldLogins(keys: Listed<LoginName>): readonly (readonly [LoginName, readonly string[]])[] {
  return [...keys].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @returns what was pinned; undefined when nothing was */
export async function release(context: HostContext): Promise<{ readonly pin: Pin; readonly audit: AuditReport | undefined } | undefined> {
  prepareState(context);
  using _lock = await acquireLock(context.paths.lock, LOCK_PATIENCE);
  const trail = new AuditTrail(context);
  trail.recover();
  const pin = settlePin(context);
  if (pin === undefined) return undefined;
  const of = isDamaged(pin) ? 'a rollback whose record is damaged' : `the rollback to generation ${pin.target} of ${pin.since}`;
  trail.note({ event: 'rollback-released', reason: { code: 'released', text: `released: ${of}` } });
  clearPin(context.paths.pin);
  return { pin, audit: trail.settle(undefined) };
}
