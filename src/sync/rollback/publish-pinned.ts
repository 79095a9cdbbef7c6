/**
 * A run while the host is pinned: it judges what the directory has as always and commits nothing of it. What people lose by it they lose
 * at once, a crowd excepted: a rollback is no way to keep a person who is locked, or a key that was taken away.
 */
import type { HostView } from '../../directory/host-view.ts';
import type { LoginName } from '../../directory/names.ts';
import { checkNobodyLeft } from '../../policy/guards/access-guards.ts';
import { lettingIn, reduceRecorded } from '../../policy/guards/recorded.ts';
import { planSync } from '../../policy/plan.ts';
import { limitView } from '../../policy/rollback/limited.ts';
import type { Pin } from '../../state/pin.ts';
import type { SyncContext } from '../context.ts';
import { forgetHeld, hold, rememberArrivals, rememberRemovals } from '../hold.ts';
import { judgeDirectory, type Judgement, keysOfToday } from '../judge.ts';
import { fingerprintOf } from '../keys/key-fingerprint.ts';
import { commitUnlessServed } from '../meanwhile.ts';
import { dropStagedState, keepState, type SyncOptions, type Work } from '../publish.ts';
import type { Reduced, SyncOutcome } from '../report.ts';
import { returnsOf } from './pinned.ts';

export function publishPinned(context: SyncContext, { approval }: SyncOptions, work: Work, pin: Pin): SyncOutcome {
  const { baseline, view } = work;
  const plan = planSync(baseline.view(), view, keysOfToday(context));
  const judgement = judgeDirectory(context, work, plan);
  const held = hold(context, judgement, approval);
  if (held !== undefined) {
    dropStagedState(context, work.staged);
    const reduced = serve(context, work, withoutRefused(work, judgement));
    return { kind: 'held', isFirst: false, plan, ...held, ...(reduced === undefined ? {} : { reduced }) };
  }
  rememberRemovals(context, judgement, work.policy.access);
  rememberArrivals(context, judgement, work.policy.access);
  keepState(context, work);
  forgetHeld(context, work);
  const reduced = serve(context, work, lessen(work, judgement, pin));
  const isApproved = judgement.findings.length > 0;
  return { kind: 'pinned', plan, isApproved, ...(reduced === undefined ? {} : { reduced }) };
}

function lessen(work: Work, judgement: Judgement, pin: Pin): HostView {
  const { baseline, view, policy } = work;
  const shown = baseline.view();
  const refused = new Set<LoginName>([...view.refused, ...view.staleDenied.keys()]);
  const lessened = limitView(shown, { shown: view, refused, fingerprint: fingerprintOf }, withoutRevoked(returnsOf(pin), work)).view;
  const isForNobody = checkNobodyLeft(planSync(shown, lessened), policy.access, view).length > 0;
  return isForNobody ? withoutRefused(work, judgement) : lessened;
}

/** Of what a rollback gave back, a key may have been revoked since. */
function withoutRevoked({ key, member }: ReturnType<typeof returnsOf>, { policy }: Work): ReturnType<typeof returnsOf> {
  return { key: (login, fingerprint) => !policy.keys.revoked.has(fingerprint) && key(login, fingerprint), member };
}

function withoutRefused({ baseline, policy }: Work, { refused }: Judgement): HostView {
  const facts = { isOut: (name: LoginName) => refused.has(name), sourceOf: () => undefined, fingerprint: fingerprintOf };
  return reduceRecorded(baseline.view(), lettingIn(policy), facts);
}

function serve(context: SyncContext, work: Work, view: HostView): Reduced | undefined {
  return commitUnlessServed(context, work, { view, judged: work.view, why: 'pinned: less what was taken away since' });
}
