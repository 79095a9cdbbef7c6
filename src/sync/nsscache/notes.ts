/**
 * What of a file of nsscache has no equal, or does not do what it says: a comment each.
 */
import { printable } from '../../directory/rejection.ts';
import type { IniValue, Section } from './ini.ts';
import { isTrue, type MapOptions, readsAsNo } from './map-options.ts';

/** Taken over, or said where they are taken over. */
const KNOWN = new Set(
  (
    'uri base filter scope timelimit bind_dn bind_password use_sasl uidattr override_shell home_dir ' +
    'tls_starttls tls_require_cert tls_cacertfile tls_cacertdir tls_certfile tls_keyfile ' +
    'rfc2307bis rfc2307bis_alt nested_groups'
  ).split(' '),
);

/** True for every text: whoever wrote "False" got it all the same. */
const SWITCHES = new Set(['ad', 'use_rid', 'rfc2307bis', 'rfc2307bis_alt', 'nested_groups']);

const NO_EQUAL: Readonly<Record<string, string>> = {
  retry_max: 'the servers are tried in their order, and the timer tries again in 15 minutes',
  retry_delay: 'the servers are tried in their order, and the timer tries again in 15 minutes',
  debug: 'holdfast doctor asks each server and says what it answers',
  sasl_mech: 'GSSAPI has no equal: a client certificate is the bind',
  sasl_authzid: 'GSSAPI has no equal: a client certificate is the bind',
  uidregex: 'names are taken whole; people whose names it changed have others here, and their files another name',
  groupregex: 'members are taken whole',
  ad: 'nsscache makes uids of the RID; schema = "ad" wants uidNumber and gidNumber, so whose files are whose changes',
  use_rid: 'nsscache makes uids of sambaSID; here they are uidNumber and gidNumber, so whose files are whose changes',
  offset: 'nsscache adds it to each uid and gid; here they are as in the directory, so whose files are whose changes',
};

const MAPS: Readonly<Record<string, string>> = {
  netgroup: 'the map of netgroups has no equal: leave nsscache to it, or another service',
  automount: 'maps of automount have no equal: leave nsscache to them, or another service',
};

export function noteOptions(maps: ReadonlyMap<string, MapOptions>, others: Section): string[] {
  const notes = new Set<string>();
  for (const [name, map] of maps) for (const note of notesOfMap(name, map, maps)) notes.add(note);
  if (!maps.has('shadow'))
    notes.add(
      '# There was no map shadow; here ageing and ends of accounts always count. Passwords are not fetched (users.password_hashes).',
    );
  if (!maps.has('sshkey'))
    notes.add('# There was no map sshkey; here the keys of sshPublicKey open this host, for whoever [access] lets in.');
  for (const [name, { line }] of others)
    notes.add(`# line ${line}: ${printable(name)}: where things lie is holdfast's own affair; see "holdfast setup".`);
  return [...notes];
}

function notesOfMap(name: string, { source, options }: MapOptions, maps: ReadonlyMap<string, MapOptions>): string[] {
  const none = MAPS[name];
  if (none !== undefined) return [`# LOOK: ${none}.`];
  if (source !== 'ldap')
    return [`# LOOK: map ${printable(name)} comes from "${printable(source)}", which has no equal; here it comes from LDAP as well.`];
  return [...[...options].flatMap(([option, one]) => notesOfOption(option, one)), ...differences(name, options, maps)];
}

function notesOfOption(option: string, one: IniValue): string[] {
  const shown = option === 'bind_password' ? '' : ` = ${printable(one.value)}`;
  const isTrap = SWITCHES.has(option) && isTrue(one) && readsAsNo(one.value);
  const trap = isTrap
    ? [`# LOOK: line ${one.line}: ldap_${option}${shown} is true for nsscache, as every text is; this does what it did.`]
    : [];
  const none = NO_EQUAL[option];
  if (none !== undefined)
    return SWITCHES.has(option) && !isTrue(one) ? [] : [...trap, `# LOOK: line ${one.line}: ldap_${option}${shown}: ${none}.`];
  if (KNOWN.has(option)) return trap;
  return [`# LOOK: line ${one.line}: ldap_${printable(option)} is not known here, and had no effect in nsscache 0.49 either.`];
}

/** Ends of accounts and keys are read from the entry of the person, and nowhere else. */
function differences(name: string, options: Section, maps: ReadonlyMap<string, MapOptions>): string[] {
  const people = maps.get('passwd');
  if (people === undefined || (name !== 'shadow' && name !== 'sshkey')) return [];
  const differing = ['uri', 'base', 'filter'].filter((option) => options.get(option)?.value !== people.options.get(option)?.value);
  return differing.map((option) => `# LOOK: map ${name} has an ldap_${option} of its own; here it comes from the entries of map passwd.`);
}
