/**
 * A `[[source]]`: what its other keys are depends on its `type`, and each type has a schema file of its own.
 */
import { z } from 'zod';
import { fileSource } from './file-source-schema.ts';
import { ldapSource } from './ldap-source-schema.ts';

export const source = z.discriminatedUnion('type', [ldapSource, fileSource]);

export type SourceConfig = z.output<typeof source>;
