/**
 * What IAM says of groups, their users and their keys: every answer whole and of what was asked for, or an error.
 *
 * @see GetGroup, ListSSHPublicKeys and GetSSHPublicKey in the IAM API reference: lists come in pages, and IsTruncated says whether there
 *   is another
 */
import type { Aws } from '../../aws/aws.ts';
import { AwsNotFound } from '../../aws/call-failure.ts';
import { quote } from '../../directory/rejection.ts';
import { SourceError } from '../source.ts';

export interface IamPerson {
  /** UserId: never given to anybody else, whatever the name becomes. */
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface IamGroup {
  readonly id: string;
  readonly arn: string;
  readonly people: readonly IamPerson[];
}

/** One that is Active. */
export interface ListedKey {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly uploadedAt: number;
}

/** Somebody or some key that was there a moment ago: what was listed before is old. */
export class Vanished extends Error {
  override readonly name = 'Vanished';
}

/** The most that IAM gives. */
const PAGE_SIZE = 1000;
/** IAM allows five keys a person. */
const KEYS_MAX = 1000;
/** As the API reference has it for what is uploaded. */
const KEY_MAX_LENGTH = 16_384;
/** As the API reference gives them. */
const ID = /^\w{16,128}$/;

interface Page {
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}

export class IamDirectory {
  readonly #aws: Aws;
  readonly #maxPeople: number;

  constructor(aws: Aws, maxPeople: number) {
    this.#aws = aws;
    this.#maxPeople = maxPeople;
  }

  /** @throws SourceError, HoldfastError for what the call itself says */
  async group(name: string): Promise<IamGroup> {
    const resource = `IAM group ${quote(name)}`;
    const call = { action: 'iam:GetGroup', resource } as const;
    const people = new Map<string, IamPerson>();
    let group: Omit<IamGroup, 'people'> | undefined;
    await allPages(resource, async (marker) => {
      const request = { GroupName: name, MaxItems: PAGE_SIZE, ...marker };
      const answer = await this.#aws.iam(call, async (iam, options) => await iam.getGroup(request, options)).catch(asMissingGroup);
      const { GroupId: id, Arn: arn, GroupName: found } = answer.Group ?? {};
      if (id === undefined || arn === undefined || found?.toLowerCase() !== name.toLowerCase())
        throw noAnswer(resource, 'no such group in it');
      if (group !== undefined && group.id !== id) throw new Vanished(`${resource} is another one than a moment ago`);
      group = { id, arn };
      if (answer.Users === undefined) throw noAnswer(resource, 'no list of users in it');
      for (const user of answer.Users) {
        const person = personOf(user, resource);
        people.set(person.id, person);
      }
      if (people.size > this.#maxPeople) throw tooMany(this.#maxPeople);
      return answer;
    });
    if (group === undefined) throw noAnswer(resource, 'nothing in it');
    return { ...group, people: [...people.values()] };
  }

  /** @throws Vanished, SourceError, HoldfastError */
  async activeKeys({ name }: IamPerson): Promise<ListedKey[]> {
    const resource = `IAM user ${quote(name)}`;
    const call = { action: 'iam:ListSSHPublicKeys', resource } as const;
    const keys = new Map<string, ListedKey>();
    await allPages(resource, async (marker) => {
      const request = { UserName: name, MaxItems: PAGE_SIZE, ...marker };
      const answer = await this.#aws.iam(call, async (iam, options) => await iam.listSSHPublicKeys(request, options)).catch(asVanished);
      if (answer.SSHPublicKeys === undefined) throw noAnswer(resource, 'no list of keys in it');
      for (const { SSHPublicKeyId: id, Status: status, UploadDate: uploaded } of answer.SSHPublicKeys) {
        if (id === undefined || uploaded === undefined || !ID.test(id)) throw noAnswer(resource, 'a key without id or date in it');
        if (status === 'Active') keys.set(id, { id, uploadedAt: uploaded.getTime() });
      }
      if (keys.size > KEYS_MAX)
        throw new SourceError('data-refused', `${resource} has more than ${KEYS_MAX} keys`, { detail: 'answer-too-large' });
      return answer;
    });
    return [...keys.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** The key's line. @throws Vanished, SourceError, HoldfastError */
  async key({ name }: IamPerson, { id }: ListedKey): Promise<string> {
    const resource = `key ${id} of IAM user ${quote(name)}`;
    const call = { action: 'iam:GetSSHPublicKey', resource } as const;
    const request = { UserName: name, SSHPublicKeyId: id, Encoding: 'SSH' } as const;
    const { SSHPublicKey: key } = await this.#aws
      .iam(call, async (iam, options) => await iam.getSSHPublicKey(request, options))
      .catch(asVanished);
    if (key?.SSHPublicKeyId !== id || key.SSHPublicKeyBody === undefined) throw noAnswer(resource, 'no such key in it');
    if (key.SSHPublicKeyBody.length > KEY_MAX_LENGTH) throw noAnswer(resource, `a key of ${key.SSHPublicKeyBody.length} characters`);
    if (key.Status !== 'Active') throw new Vanished(`${resource} is not active any more`);
    return key.SSHPublicKeyBody;
  }
}

/** @throws SourceError when IAM says that there is more and not where, or leads in a circle */
async function allPages(resource: string, read: (marker: { readonly Marker?: string }) => Promise<Page>): Promise<void> {
  const seen = new Set<string>();
  let page = await read({});
  while (page.IsTruncated === true || (page.Marker ?? '') !== '') {
    const { Marker = '' } = page;
    if (Marker === '') throw noAnswer(resource, 'a list that goes on, without its marker');
    if (seen.has(Marker)) throw noAnswer(resource, 'the marker of a page that was there before');
    seen.add(Marker);
    page = await read({ Marker });
  }
}

interface UserAnswer {
  readonly UserId: string | undefined;
  readonly UserName: string | undefined;
  readonly Arn: string | undefined;
  readonly CreateDate: Date | undefined;
}

function personOf({ UserId: id, UserName: name, Arn: arn, CreateDate: created }: UserAnswer, resource: string): IamPerson {
  if (id === undefined || name === undefined || name === '' || arn === undefined || created === undefined || !ID.test(id)) {
    throw noAnswer(resource, 'a user without id, name, ARN or date in it');
  }
  return { id, name, arn, createdAt: created.getTime() };
}

function noAnswer(resource: string, what: string): SourceError {
  return new SourceError('source-unavailable', `IAM's answer about ${resource} is none: ${what}`, { detail: 'answer-malformed' });
}

export function tooMany(most: number): SourceError {
  return new SourceError('source-unavailable', `the directory has more than ${most} entries (max_entries)`, {
    detail: 'answer-too-large',
    hints: ['when it is really that large, raise max_entries in [[source]]; else see that groups names the right ones'],
  });
}

/** Never a directory without that group's people. */
function asMissingGroup(error: unknown): never {
  if (!(error instanceof AwsNotFound)) throw error;
  throw new SourceError('data-refused', error.message, {
    detail: 'group-missing',
    hints: ['make the group again, or take it out of groups or linux_groups in [[source]]', ...error.hints],
    cause: error,
  });
}

function asVanished(error: unknown): never {
  throw error instanceof AwsNotFound ? new Vanished(error.message) : error;
}
