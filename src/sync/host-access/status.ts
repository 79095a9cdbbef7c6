/**
 * What `status` finds wrong with this host's access groups.
 */
import type { RunRecord } from '../../state/run-record.ts';
import { grantsFrom, type HostAccess } from './host-access.ts';
import { describeFailures, fallbackOfGroups, fallbackOfMap, subjectOfGroups, subjectOfMap } from './phrases.ts';
import { age, secondsSince } from '../phrases.ts';
import type { StatusProblem } from '../status/problem.ts';

/** @param hostAccess as it is known without a network */
export function checkHostAccess(hostAccess: HostAccess, lastRun: RunRecord | undefined, now: Date): StatusProblem[] {
  return [...checkReadings(hostAccess, lastRun, now), ...checkUnmapped(hostAccess)];
}

function checkReadings(hostAccess: HostAccess, lastRun: RunRecord | undefined, now: Date): StatusProblem[] {
  const failures = describeFailures(hostAccess);
  const all = [
    ...hostAccess.groups.map((reading) => ({
      subject: subjectOfGroups(reading),
      isKnown: reading.groups !== undefined,
      fallback: fallbackOfGroups(reading),
    })),
    ...(hostAccess.map === undefined
      ? []
      : [
          { subject: subjectOfMap(hostAccess.map), isKnown: hostAccess.map.entries !== undefined, fallback: fallbackOfMap(hostAccess.map) },
        ]),
  ];
  return all.flatMap(({ subject, isKnown, fallback }) => {
    const recorded = lastRun?.hostAccessFailures?.find((failure) => failure.subject === subject);
    const message = failures.find((failure) => failure.subject === subject)?.message ?? recorded?.message;
    if (message === undefined && isKnown) return [];
    const since = recorded === undefined ? '' : `, for ${age(secondsSince(recorded.failingSince, now))} now`;
    const what = message === undefined ? ': not read yet' : ` cannot be read${since}: ${message}`;
    return [{ code: 'host-access-unread', text: `${subject}${what}; ${fallback}`, hint: 'holdfast sync, which says what would help' }];
  });
}

function checkUnmapped(hostAccess: HostAccess): StatusProblem[] {
  const reference = hostAccess.map?.reference ?? '';
  return grantsFrom(hostAccess)
    .filter(({ people }) => people === undefined)
    .map(({ accessGroup, reference: where }) => ({
      code: 'access-group-not-in-map',
      text: `access group "${accessGroup}" of this host (${where}) is not in the map (${reference}): it lets nobody in`,
      hint: 'add it to the map, or correct what is written there',
    }));
}
