/**
 * `[hooks]`: how long a program in /etc/holdfast/hooks.d may take.
 */
import { z } from 'zod';
import { checked } from '../toml/parsed.ts';
import { parseDuration } from './duration.ts';

/** The unit ends a run that takes too long, and all hooks together have a minute. */
const TIMEOUT_MAX = 60_000;

const hookTimeout = checked(
  (text) => {
    const milliseconds = parseDuration(text);
    return milliseconds === undefined || milliseconds < 1000 || milliseconds > TIMEOUT_MAX ? undefined : milliseconds;
  },
  'a duration from "1s" to "1m"',
  'duration, at most a minute',
);

export const hooksSchema = z.strictObject({
  timeout: hookTimeout.prefault('10s').meta({ description: 'after which a hook is ended; all of a run have a minute together' }),
});
