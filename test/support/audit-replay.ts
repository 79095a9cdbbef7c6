/**
 * What the audit log says that a host shows: its last baseline, and every line since then, carried out one after the other.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PublishedView } from '../../src/directory/host-view.ts';
import { blobsOf } from '../../src/directory/key-blobs.ts';
import { fingerprintOf } from '../../src/sync/keys/key-fingerprint.ts';

export interface LoggedLine {
  readonly event: string;
  readonly time: string;
  readonly generation: number;
  readonly seq: number;
  readonly login?: string;
  readonly uid?: number;
  readonly group?: string;
  readonly gid?: number;
  readonly fingerprint?: string;
  readonly changes?: Readonly<Record<string, readonly [unknown, unknown]>>;
  readonly [field: string]: unknown;
}

/** Lists, each sorted: `alice 2001`, `web 5001`, `web alice`, `alice SHA256:…`. */
export interface Audited {
  readonly accounts: readonly string[];
  readonly groups: readonly string[];
  readonly members: readonly string[];
  readonly keys: readonly string[];
}

/** Of all files of the log, the oldest first. */
export function readAuditLog(path: string): LoggedLine[] {
  const older = Array.from({ length: 1000 }, (_, index) => `${path}.${1000 - index}`);
  const text = [...older, path].filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
  return text
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LoggedLine);
}

export function auditLogOf(root: string): string {
  return join(root, 'var/log/holdfast/audit.jsonl');
}

/** @param viewOf what a generation holds, for the baseline */
export function replay(lines: readonly LoggedLine[], viewOf: (generation: number) => PublishedView): Audited {
  const start = lines.findLastIndex(({ event }) => event === 'baseline');
  const baseline = lines[start];
  if (baseline === undefined) throw new Error('the log has no baseline');
  const state = new Replay(viewOf(baseline.generation));
  for (const line of lines.slice(start + 1)) state.apply(line);
  return state.result();
}

export function auditedOf(view: PublishedView): Audited {
  return new Replay(view).result();
}

class Replay {
  readonly #accounts: Map<string, number>;
  readonly #groups: Map<string, number>;
  readonly #members: Set<string>;
  readonly #keys: Set<string>;

  constructor({ passwd, group, keys }: PublishedView) {
    this.#accounts = new Map(passwd.map(({ name, uid }) => [name, uid]));
    this.#groups = new Map(group.map(({ name, gid }) => [name, gid]));
    this.#members = new Set(group.flatMap(({ name, members }) => members.map((member) => `${name} ${member}`)));
    this.#keys = new Set([...keys].flatMap(([login, lines]) => [...blobsOf(lines)].map((blob) => `${login} ${fingerprintOf(blob)}`)));
  }

  apply(line: LoggedLine): void {
    const { event, login = '', uid = 0, group = '', gid = 0, fingerprint = '' } = line;
    const [kind = '', verb = ''] = event.split('-');
    if (kind === 'account') applyNumber(this.#accounts, login, verb, uid, line);
    if (kind === 'group') applyNumber(this.#groups, group, verb, gid, line);
    if (kind === 'member' && verb !== 'withheld') applyName(this.#members, `${group} ${login}`, verb, line);
    if (kind === 'key' && fingerprint !== '') applyName(this.#keys, `${login} ${fingerprint}`, verb, line);
  }

  result(): Audited {
    const pairs = (map: ReadonlyMap<string, number>): string[] => [...map].map(([name, id]) => `${name} ${id}`).sort();
    return {
      accounts: pairs(this.#accounts),
      groups: pairs(this.#groups),
      members: [...this.#members].sort(),
      keys: [...this.#keys].sort(),
    };
  }
}

function applyNumber(map: Map<string, number>, name: string, verb: string, id: number, line: LoggedLine): void {
  const [before, after] = line.changes?.[line.login === undefined ? 'gid' : 'uid'] ?? [];
  if (verb === 'added') expectThat(!map.has(name), line);
  if (verb === 'removed') expectThat(map.delete(name), line);
  if (verb === 'changed') expectThat(map.has(name) && (before === undefined || map.get(name) === before), line);
  if (verb === 'added' || after !== undefined) map.set(name, verb === 'added' ? id : (after as number));
}

function applyName(set: Set<string>, name: string, verb: string, line: LoggedLine): void {
  if (verb === 'added' || verb === 'restored') {
    expectThat(!set.has(name), line);
    set.add(name);
  } else if (verb === 'removed') expectThat(set.delete(name), line);
  else if (verb === 'changed') expectThat(set.has(name), line);
  // What was withheld from the start names no type of key.
  else expectThat(line['keyType'] === undefined ? !set.has(name) : set.delete(name), line);
}

function expectThat(isSo: boolean, line: LoggedLine): void {
  if (!isSo) throw new Error(`the lines before do not lead to this one: ${JSON.stringify(line)}`);
}
