/**
 * `npm run completions`: packaging/completions, made of the program's own commands, so that they say what there is.
 *
 * Each shell does the same: walk over the words that are there, leaving out flags and their values, to know at which place of the
 * command line this is; then offer what that place takes.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Flag, type Operand, type Place, readGrammar } from './command-grammar.ts';

const HEADER = '# Made by "npm run completions" of the commands that holdfast has. Do not edit.';

/** By the name that each shell looks for. */
export function renderCompletions(places: readonly Place[] = readGrammar()): Readonly<Record<string, string>> {
  return { 'holdfast.bash': renderBash(places), _holdfast: renderZsh(places), 'holdfast.fish': renderFish(places) };
}

function renderBash(places: readonly Place[]): string {
  return `# bash completion for holdfast(8)
${HEADER}

_holdfast() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} place='' word index
  local -i skip=0
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if ((skip)); then
      skip=0
      continue
    fi
${bashSteps(places)}
  done
  if ((skip)); then
    case $place:$previous in
${valuesOf(places)
  .map(({ path, names, value }) => `      ${names.map((name) => `'${path}:${name}'`).join(' | ')}) ${bashOffer(value)} ;;`)
  .join('\n')}
    esac
    return
  fi
  if [[ $current == -* ]]; then
    case $place in
${places.map(({ path, flags }) => `      '${path}') ${bashWords(flags.flatMap(({ names }) => names))} ;;`).join('\n')}
    esac
    return
  fi
  case $place in
${places
  .filter(({ words, operand }) => words.length > 0 || operand !== 'nothing')
  .map(
    ({ path, words, operand }) => `    '${path}') ${words.length > 0 ? bashWords(words.map(({ name }) => name)) : bashOffer(operand)} ;;`,
  )
  .join('\n')}
  esac
}

complete -F _holdfast holdfast
`;
}

/** Of one word before the current one. */
function bashSteps(places: readonly Place[]): string {
  return `    case $word in
      ${flagsWithValue(places).join(' | ')}) skip=1 ;;
      -*) ;;
      *)
        case $place:$word in
${stepsOf(places)
  .map(([from, word, to]) => `          '${from}:${word}') place='${to}' ;;`)
  .join('\n')}
        esac
        ;;
    esac`;
}

function bashWords(words: readonly string[]): string {
  return `mapfile -t COMPREPLY < <(compgen -W '${words.join(' ')}' -- "$current")`;
}

function bashOffer(operand: Operand): string {
  switch (operand) {
    case 'nothing':
      return ':';
    case 'login':
      return 'mapfile -t COMPREPLY < <(compgen -u -- "$current")';
    case 'group':
      return 'mapfile -t COMPREPLY < <(compgen -g -- "$current")';
    case 'file':
      return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current")';
    case 'folder':
      return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current")';
    case 'generation':
      return `mapfile -t COMPREPLY < <(compgen -W "$(command ls ${GENERATIONS} 2>/dev/null)" -- "$current")`;
    default:
      return bashWords(operand);
  }
}

const GENERATIONS = '/var/lib/holdfast/generations';

function renderZsh(places: readonly Place[]): string {
  return `#compdef holdfast
${HEADER}

_holdfast() {
  local place='' word
  local -i index skip=0
  local -a offers
  for ((index = 2; index < CURRENT; index++)); do
    word=\${words[index]}
    if ((skip)); then
      skip=0
      continue
    fi
${zshSteps(places)}
  done
  if ((skip)); then
    case $place:\${words[CURRENT - 1]} in
${valuesOf(places)
  .map(({ path, names, value }) => `      (${names.map((name) => `'${path}:${name}'`).join('|')}) ${zshOffer(value)} ;;`)
  .join('\n')}
    esac
    return
  fi
  if [[ \${words[CURRENT]} == -* ]]; then
    case $place in
${places.map(({ path, flags }) => `      ('${path}') offers=(${flags.flatMap(zshFlags).join(' ')}) ;;`).join('\n')}
    esac
    _describe -o option offers
    return
  fi
  case $place in
${places
  .filter(({ words, operand }) => words.length > 0 || operand !== 'nothing')
  .map(({ path, words, operand }) => `    ('${path}') ${words.length > 0 ? zshCommands(words) : zshOffer(operand)} ;;`)
  .join('\n')}
  esac
}

if [[ \${funcstack[1]} == _holdfast ]]; then
  _holdfast "$@"
else
  compdef _holdfast holdfast
fi
`;
}

function zshSteps(places: readonly Place[]): string {
  return `    case $word in
      (${flagsWithValue(places).join('|')}) skip=1 ;;
      (-*) ;;
      (*)
        case $place:$word in
${stepsOf(places)
  .map(([from, word, to]) => `          ('${from}:${word}') place='${to}' ;;`)
  .join('\n')}
        esac
        ;;
    esac`;
}

function zshFlags({ names, purpose }: Flag): string[] {
  return names.map((name) => zshPair(name, purpose));
}

function zshCommands(words: Place['words']): string {
  return `offers=(${words.map(({ name, purpose }) => zshPair(name, purpose)).join(' ')}); _describe command offers`;
}

/** A colon parts the word from what it is for. */
function zshPair(name: string, purpose: string): string {
  return quoted(`${name}:${purpose}`);
}

function zshOffer(operand: Operand): string {
  switch (operand) {
    case 'nothing':
      return ':';
    case 'login':
      return '_users';
    case 'group':
      return '_groups';
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'generation':
      return `offers=(${GENERATIONS}/*(N:t)); _describe generation offers`;
    default:
      return `offers=(${operand.join(' ')}); _describe word offers`;
  }
}

function renderFish(places: readonly Place[]): string {
  return `# fish completion for holdfast(8)
${HEADER}

function __holdfast_is_at
    set -l place ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case ${flagsWithValue(places).join(' ')}
                set skip 1
            case '-*'
            case '*'
                switch "$place:$word"
${stepsOf(places)
  .map(([from, word, to]) => `                    case '${from}:${word}'\n                        set place '${to}'`)
  .join('\n')}
                end
        end
    end
    test "$place" = "$argv[1]"
end

complete -c holdfast -f
${places.flatMap(fishLines).join('\n')}
`;
}

function fishLines({ path, words, flags, operand }: Place): string[] {
  const start = `complete -c holdfast -n "__holdfast_is_at '${path}'"`;
  const commands = words.map(({ name, purpose }) => `${start} -a ${name} -d ${fishQuoted(purpose)}`);
  const options = flags.map(({ names, purpose, value }) => {
    const spelled = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ');
    return `${start} ${spelled}${value === undefined ? '' : ` ${value === 'file' ? '-r' : '-x'}${fishOffer(value)}`} -d ${fishQuoted(purpose)}`;
  });
  return [...commands, ...(operand === 'nothing' ? [] : [`${start}${fishOffer(operand)}`]), ...options];
}

function fishOffer(operand: Operand): string {
  switch (operand) {
    case 'nothing':
      return '';
    case 'login':
      return " -a '(__fish_complete_users)'";
    case 'group':
      return " -a '(__fish_complete_groups)'";
    case 'file':
      return ' -F';
    case 'folder':
      return " -a '(__fish_complete_directories)'";
    case 'generation':
      return ` -a '(command ls ${GENERATIONS} 2>/dev/null)'`;
    default:
      return ` -a '${operand.join(' ')}'`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}

/** All names of flags whose next word is their value. No name takes a value in one place and none in another. */
function flagsWithValue(places: readonly Place[]): string[] {
  const flags = places.flatMap((place) => place.flags);
  return [...new Set(flags.filter(({ value }) => value !== undefined).flatMap(({ names }) => names))].sort();
}

function valuesOf(places: readonly Place[]): { path: string; names: readonly string[]; value: Operand }[] {
  return places.flatMap(({ path, flags }) => flags.flatMap(({ names, value }) => (value === undefined ? [] : [{ path, names, value }])));
}

/** From one place to the next, and the word that leads there. */
function stepsOf(places: readonly Place[]): [from: string, word: string, to: string][] {
  return places.flatMap(({ path, words }) =>
    words.map(({ name }): [string, string, string] => [path, name, path === '' ? name : `${path} ${name}`]),
  );
}

if (import.meta.main) {
  const folder = join(dirname(import.meta.dirname), 'packaging/completions');
  for (const [name, text] of Object.entries(renderCompletions())) writeFileSync(join(folder, name), text);
}
