import { expect, test } from 'vitest';
import { iamSettings } from '../../../src/sync/sources/iam-settings.ts';
import { openAws } from '../../../src/sync/sources/open-aws.ts';
import { configOf } from '../../config/configuration.ts';
import { iamConfig } from '../../support/iam-host.ts';

function settingsOf(source: Readonly<Record<string, unknown>>): ReturnType<typeof iamSettings> {
  const config = configOf(iamConfig(source));
  const [iam] = config.source;
  if (iam?.type !== 'iam') throw new Error('no IAM source');
  return iamSettings(iam, { openAws: (signal) => openAws(config, signal), lastGood: () => undefined });
}

test('a role is assumed with the external id that its trust policy wants', () => {
  const arn = 'arn:aws:iam::123456789012:role/directory';
  expect(settingsOf({ assume_role: arn, external_id: 'fleet' }).role).toEqual({ arn, externalId: 'fleet', sessionName: 'holdfast' });
  expect(settingsOf({}).role).toBeUndefined();
});

test('only the groups of `groups` have accounts', () => {
  const { groups } = settingsOf({ linux_groups: { Ops: { gid: 5001 }, admins: { name: 'wheels' } } });
  expect(groups).toEqual([
    { iamName: 'ops', name: 'ops', gid: 5001, hasAccounts: true },
    { iamName: 'admins', name: 'wheels', gid: undefined, hasAccounts: false },
  ]);
});
