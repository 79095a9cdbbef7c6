/**
 * What a run says of this host's access groups: what could not be read, and what is new.
 */
import type { HostAccess } from '../sync/host-access/host-access.ts';
import { fallbackOfGroups, fallbackOfMap, listGroups, subjectOfGroups, subjectOfMap } from '../sync/host-access/phrases.ts';
import type { Output } from './render.ts';

export function reportHostAccess(output: Output, { groups, map }: HostAccess): void {
  for (const reading of groups) {
    const { reference, groups: names = [], before, failure } = reading;
    const subject = subjectOfGroups(reading);
    if (failure !== undefined) {
      const fallback = fallbackOfGroups(reading);
      const { code, detail, message } = failure;
      output.event('error', `${subject}: ${message}; ${fallback}`, 'access-groups-failed', { reference, code, detail, message, fallback });
      for (const hint of failure.hints) output.hint(hint);
      output.explains([failure.explainedBy]);
    } else if (before !== undefined) {
      const [was, is] = [listGroups(before.groups), listGroups(names)];
      output.event('warning', `${subject} are others now: ${is}; they were: ${was}`, 'access-groups-changed', {
        reference,
        before: was,
        after: is,
      });
    }
  }
  if (map !== undefined) reportMap(output, map);
}

function reportMap(output: Output, map: NonNullable<HostAccess['map']>): void {
  const { reference, serial, failure, isChanged } = map;
  const subject = subjectOfMap(map);
  if (failure !== undefined) {
    const { code, detail, message } = failure;
    const fallback = fallbackOfMap(map);
    output.event('error', `${subject}: ${message}`, 'access-map-failed', { reference, code, detail, message, fallback });
    for (const hint of failure.hints) output.hint(hint);
    output.explains([failure.explainedBy]);
    output.event('info', `${subject}: ${fallback}`, 'access-map-fallback', { reference, fallback });
  } else if (isChanged === true) {
    const text = `${subject} is another now${serial === undefined ? '' : `: serial ${serial}`}`;
    output.event('warning', text, 'access-map-changed', { reference, serial });
  }
}

export function hostAccessJson({ groups, map }: HostAccess): object {
  return {
    accessGroups: groups.map(({ reference, groups: names, since, before, failure }) => ({
      reference,
      groups: names,
      since,
      before: before?.groups,
      ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
    })),
    ...(map === undefined ? {} : { accessMap: mapJson(map) }),
  };
}

function mapJson({ reference, entries, serial, since, failure }: NonNullable<HostAccess['map']>): object {
  return {
    reference,
    ...(entries === undefined ? {} : { accessGroups: [...entries.keys()] }),
    serial,
    since,
    ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
  };
}
