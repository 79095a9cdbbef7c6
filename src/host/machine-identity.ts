/**
 * Which machine this is, so that what was known of one is not taken for another's: state that was baked into an image boots on
 * machines with other tags.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** On EC2 (Nitro) the instance id, which no image carries along. @see systemd's machine-id(5) for the other */
const PLACES: readonly { readonly path: string; readonly pattern: RegExp }[] = [
  { path: '/sys/devices/virtual/dmi/id/board_asset_tag', pattern: /^i-[0-9a-f]{8,17}$/ },
  { path: '/etc/machine-id', pattern: /^[0-9a-f]{32}$/ },
];

/** Empty where nothing tells. @param root before every path */
export function readMachineIdentity(root: string): string {
  for (const { path, pattern } of PLACES) {
    const text = readIfThere(join(root, path)).trim();
    if (pattern.test(text)) return text;
  }
  return '';
}

/** Whatever the reason, what cannot be read tells nothing. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
