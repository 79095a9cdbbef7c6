/**
 * What `status` and `config check` say of the emergency keys: from the state and the file, without the network.
 */
import type { Config } from '../../config/schema.ts';
import { readLocalAccounts } from '../../host/local-accounts.ts';
import type { HostPaths } from '../../host/paths.ts';
import { type EmergencyKey, mergeKeys } from '../../policy/emergency-keys.ts';
import { type EmergencyHeld, type EmergencyRun, readEmergencyRun, readEmergencyState } from '../../state/emergency-state.ts';
import { emergencyKeyPolicy, emergencyPaths } from './context.ts';
import { faultOfFile, inspectFile, isWritten, renderFile } from './file.ts';
import { readObjectKeys, type RefusedLine } from './object-keys.ts';
import { age, secondsSince, some } from '../phrases.ts';
import type { StatusProblem } from '../status/problem.ts';

export interface EmergencyStatus {
  readonly users: readonly string[];
  readonly file: string;
  /** Under the present policy, from the last good objects. */
  readonly keys: readonly EmergencyKey[];
  readonly refused: readonly RefusedLine[];
  readonly held: readonly EmergencyHeld[];
  readonly lastRun: (Omit<EmergencyRun, 'objects'> & { readonly objects: readonly ObjectStatus[] }) | undefined;
  readonly problems: readonly StatusProblem[];
}

type ObjectStatus = EmergencyRun['objects'][number] & { readonly lastSuccessAgeSeconds?: number };

/** Three runs of the timer, and a minute. */
const SILENT_SECONDS = 16 * 60;

/** Undefined where [emergency] is not configured. @throws HoldfastError `configuration`, `cache-failed` */
export function readEmergencyStatus(config: Config, host: HostPaths, now: Date): EmergencyStatus | undefined {
  const { emergency } = config;
  if (emergency === undefined) return undefined;
  const paths = emergencyPaths(host, emergency);
  const policy = emergencyKeyPolicy(config, emergency);
  const state = readEmergencyState(paths.state);
  const read = (state?.objects ?? []).map(({ object, text }) => readObjectKeys(object, text, policy));
  const keys = mergeKeys(read.flatMap((one) => one.keys));
  const held = state?.held ?? [];
  const lastRun = readEmergencyRun(paths.run);
  const file = inspectFile({ paths });
  const fault = isWritten(file, renderFile(keys)) ? undefined : faultOfFile(file, state?.written);
  return {
    users: emergency.users,
    file: paths.file,
    keys,
    refused: read.flatMap(({ refused }) => refused),
    held,
    lastRun: lastRun && { ...lastRun, objects: lastRun.objects.map((one) => withAge(one, now)) },
    problems: [
      ...checkRun(lastRun, now),
      ...(state?.written !== undefined && keys.length === 0 ? [noKeys(paths.file)] : []),
      ...(fault === undefined
        ? []
        : [
            {
              code: 'emergency-file-changed' as const,
              text: `"${paths.file}" ${fault}`,
              hint: 'holdfast emergency, and find out who did it',
            },
          ]),
      ...held.map((one) => describeHeld(one, now)),
      ...checkEmergencyUsers(config, host),
    ],
  };
}

function withAge(object: EmergencyRun['objects'][number], now: Date): ObjectStatus {
  const { lastSuccess } = object;
  return lastSuccess === undefined ? object : { ...object, lastSuccessAgeSeconds: secondsSince(lastSuccess, now) };
}

/** sshd lets nobody in who has no account, and an account of the directory is not there in an emergency before the first sync. */
export function checkEmergencyUsers({ emergency }: Config, host: HostPaths): StatusProblem[] {
  if (emergency === undefined) return [];
  const { users } = readLocalAccounts(host);
  return emergency.users
    .filter((name) => !users.has(name))
    .map((name) => ({
      code: 'emergency-user-missing',
      text: `emergency user "${name}" is no account of this host, so nobody can log in as it`,
      hint: `useradd --create-home --shell /bin/bash ${name}, and give it rights in sudoers`,
    }));
}

function checkRun(run: EmergencyRun | undefined, now: Date): StatusProblem[] {
  if (run === undefined) {
    return [
      {
        code: 'emergency-never-run',
        text: 'emergency keys were never asked for on this host',
        hint: 'systemctl enable --now holdfast-emergency.timer',
      },
    ];
  }
  const silent = secondsSince(run.finishedAt, now);
  const message = run.message === undefined ? '' : `: ${run.message}`;
  return [
    ...(silent > SILENT_SECONDS
      ? [
          {
            code: 'emergency-old' as const,
            text: `emergency keys were last asked for ${age(silent)} ago`,
            hint: 'systemctl status holdfast-emergency.timer',
          },
        ]
      : []),
    ...(run.outcome === 'failed'
      ? [
          {
            code: 'emergency-failed' as const,
            text: `the last emergency run failed with status ${run.exitStatus}${message}`,
            hint: 'holdfast emergency',
          },
        ]
      : []),
  ];
}

function noKeys(file: string): StatusProblem {
  return {
    code: 'emergency-no-keys',
    text: `"${file}" has no key: the emergency users cannot log in`,
    hint: 'put a key into an object of [emergency]',
  };
}

function describeHeld({ object, text, since, removed, added }: EmergencyHeld, now: Date): StatusProblem {
  const lists = [
    ...(removed.length === 0 ? [] : [`would go: ${some(removed, 5)}`]),
    ...(added.length === 0 ? [] : [`would come: ${some(added, 5)}`]),
  ];
  return {
    code: 'emergency-held',
    text: [`${object} has been held for ${age(secondsSince(since, now))}: ${text}`, ...lists].join('; '),
    hint: 'when it is meant: holdfast emergency --approve-removals',
  };
}
