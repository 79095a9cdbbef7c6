/**
 * `holdfast why --group GROUP`: who is in it and by which way, and what it opens.
 */
import { age, count, people, some } from '../sync/phrases.ts';
import type { GroupReport, WayReport } from '../sync/why/group.ts';
import { renderRows, type Row, wrap } from './rows.ts';
import { describeHeld, describeSources, showChain, showName } from './why-phrases.ts';

const SCREEN_WIDTH = 100;
/** Of each way; `--json` has them all. */
const MEMBERS_SHOWN = 100;
const WAYS_SHOWN = 50;

export function renderWhyGroup(report: GroupReport): string {
  return `${wrap(describeAnswer(report), SCREEN_WIDTH).join('\n')}\n\n${renderRows(rowsOf(report))}`;
}

function describeAnswer({ group, known, memberCount, withKeys, rules, localGid, findings }: GroupReport): string {
  const name = showName(group);
  if (known) {
    const what = rules.length === 0 ? 'no rule of [access] names it' : `named in ${rules.join(', ')}`;
    return `${name} has ${people(memberCount)}, ${withKeys} of them with keys here; ${what}`;
  }
  const quarantined = findings.find(({ verdict }) => verdict === 'quarantined');
  if (quarantined !== undefined) return `${name} is quarantined (${quarantined.code})`;
  if (localGid !== undefined) return `${name} is a group of this host itself; the directory has none of that name`;
  const rule = rules.length === 0 ? '' : `, though ${rules.join(', ')} ${rules.length === 1 ? 'names' : 'name'} it`;
  return `${name} is not in the directory${rule}`;
}

function rowsOf(report: GroupReport): Row[] {
  const { entry, sources, shown, ways, nestsIn, findings, held, similar, localGid } = report;
  return [
    ['local', localGid === undefined ? [] : [`gid ${localGid}, in /etc/group`]],
    ['entry', entry === undefined ? [] : describeEntry(report)],
    ['looked in', entry === undefined ? describeSources(sources) : []],
    ['similar', similar.length === 0 ? [] : [similar.join(', ')]],
    ['members', describeWays(ways)],
    ['is in', nestsIn.length === 0 ? [] : [nestsIn.join(', ')]],
    [
      'shown',
      entry === undefined
        ? []
        : [
            shown === undefined
              ? 'not at all: it is not in group.cache'
              : `with ${count(shown.length, 'member', 'members')} in group.cache`,
          ],
    ],
    [
      'findings',
      findings.flatMap(({ verdict, code, reason, dn }) => [`${verdict}, ${code}: ${reason}`, ...(dn === undefined ? [] : [`  ${dn}`])]),
    ],
    ['serves', [describeServed(report)]],
    ['held', [...(held === undefined ? [] : describeHeld(held, 'this group')), ...describeHeldMembers(report)]],
  ];
}

function describeHeldMembers({ heldMembers }: GroupReport): string[] {
  if (heldMembers.length === 0) return [];
  return [`the removal of ${count(heldMembers.length, 'member', 'members')} is held: ${some(heldMembers, 10)}; see holdfast diff`];
}

function describeEntry({ entry, sources }: GroupReport): string[] {
  if (entry === undefined) return [];
  const { dn, id, source, gid } = entry;
  const ageSeconds = sources.find(({ name }) => name === source)?.ageSeconds ?? 0;
  const number = gid === undefined ? 'no gid' : `gid ${gid}`;
  return [dn, `source ${source}, complete ${age(ageSeconds)} ago; ${number}; id ${id === dn ? 'not given, so the DN' : id}`];
}

function describeWays(ways: readonly WayReport[]): string[] {
  const lines = ways.flatMap(describeWay);
  const more = lines.length - WAYS_SHOWN;
  return more <= 0 ? lines : [...lines.slice(0, WAYS_SHOWN), `and by ${count(more, 'way more', 'ways more')}: see --json`];
}

/** One way in: `web-prod ← contractors: dave`. */
function describeWay(report: WayReport): string[] {
  const { chain, named, primary } = report;
  const way = showChain(report);
  return [
    ...(named.length === 0 && (primary.length > 0 || chain.length > 1) ? [] : [`${way}: ${listNames(named)}`]),
    ...(primary.length === 0 ? [] : [`${way} (primary group): ${listNames(primary)}`]),
  ];
}

function listNames(names: readonly string[]): string {
  if (names.length === 0) return 'nobody';
  const more = names.length - MEMBERS_SHOWN;
  return `${names.slice(0, MEMBERS_SHOWN).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`;
}

function describeServed({ served, shown }: GroupReport): string {
  const { generation, fault, members } = served;
  if (fault !== undefined) return `the current generation is damaged (${fault}): holdfast sync`;
  if (generation === undefined) return 'nothing: nothing was ever committed here; holdfast sync';
  if (members === undefined) return `generation ${generation}: not in group.cache${shown === undefined ? '' : '; the next sync adds it'}`;
  const isSame = shown !== undefined && members.join() === shown.join();
  return `generation ${generation}: ${count(members.length, 'member', 'members')} in group.cache${isSame ? '' : '; the next sync changes that'}`;
}
