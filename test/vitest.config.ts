import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    reporters: ['default', ['json', { outputFile: '.build/vitest-report.json' }]],
    // Processes, not threads: tests change their own umask and working folder, and unshare namespaces.
    pool: 'forks',
    // Half of the time goes into waiting for servers and programs; vitest's own choice leaves one core idle.
    maxWorkers: 3,
    // Real servers on a busy machine. No test asserts a time; these only end one that hangs.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: { provider: 'v8', include: ['src/**'], reportsDirectory: 'coverage', reporter: ['text-summary', 'html'] },
  },
});
