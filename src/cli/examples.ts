/**
 * Examples for the end of each command's `--help`: what is typed, and what for. A test parses them all.
 */
import type { Command } from 'commander';

type Example = readonly [line: string, purpose: string];

const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  sync: [
    ['holdfast sync', 'what the timer runs'],
    ['holdfast sync --dry-run', 'what it would do'],
    ['holdfast sync --approve-removals=3f9a1c27b0d4', 'let go what is held, by the digest that diff shows'],
  ],
  diff: [
    ['holdfast diff', 'before a sync, or after a change of the configuration'],
    ['holdfast --config new.toml diff', 'what another configuration would do'],
  ],
  emergency: [
    ['holdfast emergency', 'what its timer runs'],
    ['holdfast emergency --approve-removals', 'let go the keys that are held'],
  ],
  status: [
    ['holdfast status', 'the first thing to look at'],
    ['holdfast status --watch', 'again every 5 seconds, until Ctrl-C'],
    ['holdfast status --json', 'for monitoring: each problem has a code'],
  ],
  keys: [['holdfast keys alice', 'what sshd gets for her']],
  'approve uid': [
    ['holdfast approve uid --list', 'who waits, and why'],
    ['holdfast approve uid bob', "let him have the uid that was another's"],
    ['holdfast approve uid corp/bob', 'him of source corp, where two have the name'],
  ],
  why: [
    ['holdfast why alice', 'can she log in here, and why, or why not'],
    ['holdfast why 10000', 'whose uid it is, or was'],
    ['holdfast why --group web-prod', 'who is in it, and which rule names it'],
  ],
  who: [
    ['holdfast who SHA256:S5e4cDDf3fFiTMkb5UAzooAkbSp4TSS/i+XRshk5PPE', 'whose key it is'],
    ["holdfast who --at '2026-11-23 10:15' id.pub", 'whose it was then'],
    ['journalctl -u ssh -n 20 | holdfast who -', 'whose keys the log has'],
  ],
  quarantine: [
    ['holdfast quarantine', 'all that is withheld or adjusted'],
    ['holdfast quarantine --code id-duplicate', 'one reason; holdfast explain says what it means'],
  ],
  homes: [['holdfast homes', 'homes of people who are gone']],
  'config check': [
    ['holdfast config check', 'all that is wrong, each with its line'],
    ['holdfast --config new.toml config check', 'of a file that is not in its place yet'],
  ],
  'config show': [
    ['holdfast config show', 'with all defaults'],
    ['holdfast config show --json', 'for a program'],
  ],
  'config schema': [['holdfast config schema > holdfast.schema.json', 'for an editor']],
  'wiring sshd': [['holdfast wiring sshd > 10-holdfast.conf', 'for /etc/ssh/sshd_config.d; then: sshd -t']],
  'wiring ssh-config': [
    ['holdfast wiring ssh-config --via bastion --bastion b.example.org', 'through a bastion'],
    ["holdfast wiring ssh-config --via ssm --hosts 'i-*' 'mi-*'", 'through Session Manager'],
  ],
  doctor: [
    ['holdfast doctor', 'what keeps people out, or soon will, and what mends it'],
    ['holdfast doctor --verbose', 'everything that was looked at'],
    ['holdfast doctor --offline', 'without asking a directory'],
    ['holdfast doctor --json', 'for a program: each finding has a code'],
  ],
  'import-nsscache': [
    ['holdfast import-nsscache > holdfast.toml', 'from /etc/nsscache.conf'],
    ['holdfast import-nsscache old.conf', 'from another file'],
  ],
  init: [
    ['holdfast init', 'asks what it wants to know'],
    ['holdfast init --uri ldaps://ldap-1.example.org --access-group web-prod', 'with the certificates in /etc/holdfast/tls'],
    ['holdfast init --uri ldaps://ldap-1.example.org --everyone --print', 'to look at it first'],
  ],
  metrics: [['holdfast metrics', 'what node_exporter gets, without its file']],
  setup: [
    ['holdfast setup', 'what it would change'],
    ['holdfast setup --apply', 'does it; puts all back if a check fails'],
    ['holdfast setup --undo', 'the way back'],
    ['holdfast setup --apply --skip homes timers', 'without these parts'],
  ],
  generations: [['holdfast generations', 'what is kept, and what each changed']],
  rollback: [
    ['holdfast rollback --dry-run', 'what going back by one would change'],
    ['holdfast rollback 41 --restore-access', 'back to generation 41, with the access of then'],
    ['holdfast rollback --release', 'let the directory count again; then: holdfast sync'],
  ],
  explain: [
    ['holdfast explain', 'all codes'],
    ['holdfast explain tls-untrusted', 'what it means, and what to do'],
  ],
  export: [
    ['holdfast export > host.json', 'people, groups and keys'],
    ['holdfast export --format getent --map passwd', 'as getent passwd prints the people of the caches'],
    ['holdfast export --format ldif --base dc=example,dc=org', 'for another directory, or a file source'],
  ],
};

/** Adds them to every command that has some. */
export function addExamples(program: Command): void {
  for (const [path, command] of commandsOf(program)) {
    const examples = EXAMPLES[path];
    if (examples !== undefined) command.addHelpText('after', `\nExamples:\n${format(examples)}`);
  }
}

/** Those that do something, by what is typed: `approve uid`. */
function commandsOf(command: Command, path = ''): [string, Command][] {
  if (command.commands.length === 0) return [[path, command]];
  return command.commands.flatMap((one) => commandsOf(one, path === '' ? one.name() : `${path} ${one.name()}`));
}

/** Purposes stand below each other, or on a line of their own where that would be wider than a terminal. */
function format(examples: readonly Example[]): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const isWide = examples.some(([, purpose]) => width + purpose.length > 74);
  return examples.map(([line, purpose]) => (isWide ? `  # ${purpose}\n  ${line}` : `  ${line.padEnd(width)}   ${purpose}`)).join('\n');
}
