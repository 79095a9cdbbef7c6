/**
 * /etc/nsswitch.conf with the caches behind the local files, and whoever asks a directory behind the caches. Nobody is taken out: people whom a
 * directory's own service shows today go on being there, until somebody who knows that all of them are in the caches takes it out.
 */
import { type NameServices, parseNameServices } from '../../host/name-services.ts';
import { DATABASES, DIRECTORIES, isEnd, isWired, LOCAL, OPTIONAL } from '../doctor/nsswitch.ts';

/** Of a file that is not there, an empty text. */
export function wireNameServices(text: string): string {
  const databases = parseNameServices(text);
  const firstOf = (database: string): NameServices | undefined => databases.find((one) => one.database === database);
  const lines = text.split('\n');
  for (const services of [...DATABASES, ...OPTIONAL].flatMap((database) => firstOf(database) ?? [])) {
    if (!isWired(services)) lines[services.line - 1] = rewrite(lines[services.line - 1] ?? '', wiredWords(services.words));
  }
  const missing = DATABASES.filter((database) => firstOf(database) === undefined).map(
    (database) => `${`${database}:`.padEnd(16)}files cache\n`,
  );
  const edited = lines.join('\n');
  return `${edited}${missing.length > 0 && edited !== '' && !edited.endsWith('\n') ? '\n' : ''}${missing.join('')}`;
}

/** What stands before the services and behind them, a comment say, stays. */
function rewrite(line: string, words: readonly string[]): string {
  const [, head = '', comment = ''] = /^([^:#]*:[ \t]*)[^#]*?([ \t]*(?:#.*)?)$/.exec(line) ?? [];
  return `${/[ \t]$/.test(head) ? head : `${head} `}${words.join(' ')}${comment}`;
}

interface Service {
  readonly name: string;
  /** `[SUCCESS=merge]` and the like, which say what its answer means. */
  readonly actions: readonly string[];
}

/** What ends the search when the local files have nobody ends it behind the caches instead. */
function wiredWords(words: readonly string[]): string[] {
  const services = servicesOf(words);
  const local = services.find(({ name }) => LOCAL.has(name)) ?? { name: 'files', actions: [] };
  const kept = local.actions.filter((action) => !isEnd(action));
  const others = services.filter((one) => one !== local && one.name !== 'cache' && !LOCAL.has(one.name));
  return [
    { name: local.name, actions: kept },
    { name: 'cache', actions: local.actions },
    ...others.filter(({ name }) => !DIRECTORIES.has(name)),
    ...others.filter(({ name }) => DIRECTORIES.has(name)),
  ].flatMap(({ name, actions }) => [name, ...actions]);
}

function servicesOf(words: readonly string[]): Service[] {
  const services: { name: string; actions: string[] }[] = [];
  for (const word of words) {
    if (word.startsWith('[')) services.at(-1)?.actions.push(word);
    else services.push({ name: word, actions: [] });
  }
  return services;
}
