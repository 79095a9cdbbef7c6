import { expect, test } from 'vitest';
import { configOf, problemsOf } from './configuration.ts';

test('there are no metrics unless they are wanted', () => {
  expect(configOf().metrics).toEqual({});
});

test.each(['/var/lib/prometheus/node-exporter/holdfast.prom', '/srv/x.prom'])('metrics.textfile may be %s', (textfile) => {
  expect(configOf({ metrics: { textfile } }).metrics.textfile).toBe(textfile);
});

test.each([
  ['x.prom', 'is no absolute path'],
  ['/x.prom', 'is no absolute path'],
  ['/srv/../etc/x.prom', 'is no absolute path'],
  ['/srv/a\nb.prom', 'is no absolute path'],
  ['/srv/holdfast.txt', 'does not end in ".prom"'],
  ['/srv/.prom', 'does not end in ".prom"'],
])('metrics.textfile may not be %j', (textfile, reason) => {
  expect(problemsOf({ metrics: { textfile } }).join('\n')).toContain(`metrics.textfile: `);
  expect(problemsOf({ metrics: { textfile } }).join('\n')).toContain(reason);
});
