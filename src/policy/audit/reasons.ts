/**
 * Why somebody has access here, or has it no more: said of a change after the fact, from the rules, from who is in the groups that
 * they name, and from what was refused.
 */
import type { AccessGroups, HostView } from '../../directory/host-view.ts';
import type { LoginName } from '../../directory/names.ts';
import type { Rejection } from '../../directory/rejection.ts';
import type { AuditReason } from './event.ts';
import { allowedHere } from '../host-grants.ts';
import type { AccessPolicy, People } from '../host-policy.ts';

export interface AuditCourt {
  readonly access: AccessPolicy;
  /** Who was in the groups of the rules. */
  readonly accessGroupsBefore: AccessGroups;
  /** What the run has judged, which is not what is shown while a guard holds. */
  readonly judged: Pick<HostView, 'accessGroups' | 'refused' | 'staleDenied' | 'rejections' | 'entitled'>;
}

export class AuditReasons {
  readonly #court: AuditCourt;
  readonly #findings: ReadonlyMap<string, readonly Rejection[]>;
  readonly #members = new Map<readonly string[], ReadonlySet<string>>();

  /** @param concerned of whom anything will be asked */
  constructor(court: AuditCourt, concerned: ReadonlySet<string>) {
    this.#court = court;
    this.#findings = findingsOf(court.judged.rejections, concerned);
  }

  isShared(login: string): boolean {
    return this.#court.access.accounts.has(login as LoginName);
  }

  /** Why a login has keys at all. */
  allowed(login: string, owner: string | undefined): AuditReason {
    const { access } = this.#court;
    const { always, accounts, everyone } = access;
    const shared = accounts.get(login as LoginName);
    if (shared !== undefined) return { code: 'allowed', text: `behind the shared account${by(this.#rule(shared, owner))}` };
    const rule = this.#rule(always, login) ?? this.#rule(allowedHere(access), login);
    if (rule === undefined && everyone) return { code: 'allowed', text: 'everyone is allowed' };
    return { code: 'allowed', text: `allowed${by(rule)}` };
  }

  /** Why a key that the directory still has is not given; undefined when nothing is known against it. */
  withheld(login: string, owner: string | undefined, fingerprint: string): AuditReason | undefined {
    const people = owner === undefined || owner === login ? [login] : [owner, login];
    for (const name of people) {
      const finding = this.#keyFinding(name, fingerprint) ?? this.accountFinding(name);
      if (finding !== undefined) return reasonOf(finding);
      const refusal = this.#refusal(name);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** For somebody against whom nothing else speaks: which group it was, if it was one. */
  withoutRule(login: string, owner: string | undefined): AuditReason {
    const { access, accessGroupsBefore, judged } = this.#court;
    const shared = access.accounts.get(login as LoginName);
    const person = shared === undefined ? login : owner;
    const groups = shared?.groups ?? [...access.always.groups, ...allowedHere(access).groups];
    const left = groups.find(
      (group) => this.#isIn(accessGroupsBefore.get(group), person) && !this.#isIn(judged.accessGroups.get(group), person),
    );
    if (left !== undefined) return { code: 'left-group', text: `left group ${left}` };
    return { code: 'no-rule', text: 'no rule lets them in any more' };
  }

  /** Why an entry is not shown. */
  entryFinding(login: string): AuditReason | undefined {
    const finding = this.#findings.get(login)?.find(({ map }) => map === 'passwd');
    return finding === undefined ? undefined : reasonOf(finding);
  }

  /** Of a person whom the directory has: a rule says no, or none says yes. */
  hidden(login: string): AuditReason {
    return this.#refusal(login) ?? this.withoutRule(login, undefined);
  }

  accountFinding(login: string): Rejection | undefined {
    return this.#findings.get(login)?.find(({ map, code }) => map === 'keys' && code.startsWith('account-'));
  }

  #keyFinding(login: string, fingerprint: string): Rejection | undefined {
    return this.#findings.get(login)?.find((finding) => finding.fingerprint === fingerprint);
  }

  #refusal(login: string): AuditReason | undefined {
    const { access, judged } = this.#court;
    const rule = this.#rule(access.deny, login);
    if (rule !== undefined) return { code: 'denied', text: `denied${by(rule)}` };
    const formerly = access.deniedAs?.get(login as LoginName);
    if (formerly !== undefined) return { code: 'denied', text: `denied as ${formerly}, which they were called before` };
    const silent = judged.staleDenied.get(login as LoginName);
    if (silent !== undefined) return { code: 'stale', text: `source "${silent}" has not answered for longer than staleness.deny_after` };
    return judged.refused.has(login as LoginName)
      ? { code: 'refused', text: 'refused by the directory, or by a rule of this host' }
      : undefined;
  }

  #rule({ users, groups }: People, person: string | undefined): string | undefined {
    if (person === undefined) return undefined;
    if (users.includes(person as LoginName)) return 'name';
    const group = groups.find((name) => this.#isIn(this.#court.judged.accessGroups.get(name), person));
    return group === undefined ? undefined : `group ${group}`;
  }

  #isIn(members: readonly string[] | undefined, person: string | undefined): boolean {
    if (members === undefined || person === undefined) return false;
    const known = this.#members.get(members) ?? new Set(members);
    this.#members.set(members, known);
    return known.has(person);
  }
}

function by(rule: string | undefined): string {
  return rule === undefined ? '' : ` by ${rule}`;
}

export function reasonOf({ code, reason }: Rejection): AuditReason {
  return { code, text: reason };
}

function findingsOf(rejections: readonly Rejection[], concerned: ReadonlySet<string>): Map<string, Rejection[]> {
  const findings = new Map<string, Rejection[]>();
  for (const rejection of rejections) {
    if (rejection.verdict !== 'quarantined' || rejection.map === 'group' || !concerned.has(rejection.key)) continue;
    const earlier = findings.get(rejection.key);
    if (earlier === undefined) findings.set(rejection.key, [rejection]);
    else earlier.push(rejection);
  }
  return findings;
}
