/**
 * Texts in a schema that one of our parsers reads.
 */
import { z } from 'zod';
import { Invalid } from '../directory/rejection.ts';

type Parsed<T> = z.ZodPipe<z.ZodString, z.ZodTransform<T, string>>;

/** What the parser refuses becomes the issue, in its words. */
export function parsed<T>(parse: (text: string) => T | Invalid, description: string): Parsed<T> {
  return z
    .string()
    .transform((text, context): T => {
      const value = parse(text);
      if (!(value instanceof Invalid)) return value;
      context.addIssue({ code: 'custom', message: value.reason, input: text });
      return z.NEVER;
    })
    .meta({ description });
}

export function checked<T>(parse: (text: string) => T | undefined, wanted: string, description: string): Parsed<T> {
  return parsed((text) => parse(text) ?? new Invalid('text-invalid', `is not ${wanted}`), description);
}
