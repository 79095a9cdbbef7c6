/**
 * Values of the configuration that one of our parsers reads.
 */
import { z } from 'zod';
import { Invalid } from '../directory/rejection.ts';

type ParsedValue<T> = z.ZodPipe<z.ZodString, z.ZodTransform<T, string>>;

/** What the parser refuses becomes the issue's text. */
export function parsed<T>(parse: (text: string) => T | Invalid, description: string): ParsedValue<T> {
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

export function checked<T>(parse: (text: string) => T | undefined, wanted: string, description: string): ParsedValue<T> {
  return parsed((text) => parse(text) ?? new Invalid('text-invalid', `is not ${wanted}`), description);
}
