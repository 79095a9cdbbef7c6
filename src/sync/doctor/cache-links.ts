/**
 * Whether the eight names in /etc lead to the generation that serves.
 */
import { quote } from '../../directory/rejection.ts';
import type { CacheLink } from '../../host/cache-links.ts';
import { type Finding, type FindingCode, finding, found, notChecked, both, type Verdict } from './finding.ts';
import { shellPath } from './shell-path.ts';

export interface CacheLinkFacts {
  readonly links: readonly CacheLink[];
  /** The folder of the links, for commands. */
  readonly etc: string;
  /** As the host itself sees it: `/var/lib/holdfast`. */
  readonly stateDirectory: string;
}

export function judgeCacheLinks(facts: CacheLinkFacts): Verdict {
  const { links, stateDirectory } = facts;
  const current = `${stateDirectory}/current`;
  const named = (fits: (link: CacheLink) => boolean): string[] => links.filter(fits).map(({ name }) => name);
  const missing = named(({ found: { kind } }) => kind === 'absent');
  const files = named(({ found: { kind } }) => kind === 'file');
  const elsewhere = links.filter(({ name, found: link }) => link.kind === 'link' && link.target !== `${current}/${name}`);
  const [first] = elsewhere;
  const target = first?.found.kind === 'link' ? first.found.target : '';
  return both(
    found(
      ...say('cache-link-missing', missing, 'is missing', facts),
      ...say('cache-link-file', files, 'is no link', facts),
      ...say(
        'cache-link-elsewhere',
        elsewhere.map(({ name }) => name),
        `leads to ${quote(target)} instead of ${quote(`${current}/${first?.name ?? ''}`)}`,
        facts,
      ),
    ),
    notChecked(...links.flatMap(({ name, found: link }) => (link.kind === 'unreadable' ? [`${name}: ${link.reason}`] : []))),
  );
}

function say(code: FindingCode, names: readonly string[], clause: string, { etc, stateDirectory }: CacheLinkFacts): Finding[] {
  const [first, ...others] = names;
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `, and so for ${others.length} more`;
  const links = `for name in ${names.join(' ')}; do ln -sfnT ${shellPath(stateDirectory)}/current/$name ${shellPath(etc)}/$name; done`;
  return [finding(code, `${etc}/${first} ${clause}${more}`, links)];
}
