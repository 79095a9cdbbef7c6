/**
 * Values that several tables of the configuration have.
 */
import { z } from 'zod';
import { RESTRICTING_OPTIONS } from '../directory/key-options.ts';
import { type LoginName, parseLoginName } from '../directory/names.ts';
import { Invalid } from '../directory/rejection.ts';

type Parsed<T> = z.ZodPipe<z.ZodString, z.ZodTransform<Awaited<T>, string>>;

/** A value that one of our parsers reads; what it refuses becomes the issue's text. */
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

export const loginName = parsed<LoginName>(parseLoginName, 'login name');

const RESTRICTING: ReadonlySet<string> = new Set(RESTRICTING_OPTIONS);
const keyOption = z
  .string()
  .refine((name) => RESTRICTING.has(name), `is no option that only takes something away; wanted: ${RESTRICTING_OPTIONS.join(', ')}`);

/** Which options a key may carry. */
export const keyOptions = z
  .union([z.enum(['none', 'allow-list']), z.array(keyOption)], 'wanted: "none", "allow-list", or a list of names of options')
  .default('none')
  .meta({
    description:
      '"none": a key that carries options is refused; "allow-list": options that only restrict are let through; or those of them',
  });
