/**
 * The recorded session of the README: chosen commands of the demo's transcript, with what they really printed.
 *
 * What differs from run to run (ports, ages, keys) is written as one fixed value each, and long member lists are not chosen; nothing else is changed.
 * `npm run session` writes it, and the demo's test holds the README to it.
 */

/** The line of a command, and which of its occurrences. */
const CHOSEN: readonly (readonly [line: string, occurrence: number])[] = [
  ['holdfast sync', 1],
  ['getent passwd grace.hopper', 1],
  ["ssh -F ssh_config -i grace.key grace.hopper@web-1 'whoami; pwd'", 1],
  ['holdfast diff', 1],
  ['holdfast sync', 2],
  ['getent passwd alan.turing', 1],
  ['holdfast sync', 3],
  ['holdfast status', 2],
  ["ssh -F ssh_config -i grace.key grace.hopper@web-1 'whoami; pwd'", 2],
];

const VARYING: readonly (readonly [pattern: RegExp, fixed: string])[] = [
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:10636'],
  [/\b\d+ seconds? ago/g, '2 seconds ago'],
  [/(ssh-ed25519) …[A-Za-z0-9+/=]+/g, '$1 …'],
];

const BEGIN = '<!-- Recorded: "npm run session" makes it of the demo. -->\n```text\n';
const END = '```\n';

/** A part of the demo, with its chosen commands. */
interface Scene {
  readonly title: string;
  readonly commands: readonly string[];
}

/**
 * @param transcript what the demo printed, without colours
 * @throws Error for a chosen command that is not in it
 */
export function recordSession(transcript: string): string {
  const seen = new Map<string, number>();
  const scenes = splitScenes(transcript).map(({ title, commands }) => ({ title, commands: commands.filter((one) => isChosen(one, seen)) }));
  for (const [line, occurrence] of CHOSEN) {
    if ((seen.get(line) ?? 0) < occurrence) throw new Error(`the demo does not show "${line}" ${occurrence} times`);
  }
  const text = scenes
    .filter(({ commands }) => commands.length > 0)
    .map(({ title, commands }) => `# ${title}\n${commands.join('')}`)
    .join('\n');
  return VARYING.reduce((masked, [pattern, fixed]) => masked.replace(pattern, fixed), text);
}

/** @throws Error for a README without the place for it */
export function withSession(readme: string, session: string): string {
  const { before, after } = placeOf(readme);
  return `${before}${session}${after}`;
}

/** What the README shows now. */
export function shownSession(readme: string): string {
  const { before, after } = placeOf(readme);
  return readme.slice(before.length, readme.length - after.length);
}

function placeOf(readme: string): { readonly before: string; readonly after: string } {
  const begin = readme.indexOf(BEGIN) + BEGIN.length;
  const end = readme.indexOf(END, begin);
  if (begin < BEGIN.length || end < 0) throw new Error(`the README has no place for the session: ${JSON.stringify(BEGIN)}`);
  return { before: readme.slice(0, begin), after: readme.slice(end) };
}

function splitScenes(transcript: string): Scene[] {
  return transcript
    .split(/^== /m)
    .slice(1)
    .map((scene) => {
      const [title = '', ...rest] = scene.split('\n');
      const commands = rest
        .join('\n')
        .split(/^(?=\$ )/m)
        .slice(1);
      return { title, commands: commands.map(withoutProse) };
    });
}

/** Behind an exit status, or else behind an empty line. */
function withoutProse(command: string): string {
  const output = /^.*?^\(exit status \d+\)\n/ms.exec(command)?.[0] ?? command.replace(/\n\n.*$/s, '\n');
  return output.endsWith('\n') ? output : `${output}\n`;
}

function isChosen(command: string, seen: Map<string, number>): boolean {
  const line = command.slice('$ '.length, command.indexOf('\n'));
  const occurrence = (seen.get(line) ?? 0) + 1;
  seen.set(line, occurrence);
  return CHOSEN.some((one) => one[0] === line && one[1] === occurrence);
}
