/**
 * A `[[source]]`: what its other keys are depends on its `type`, and each type has a schema file of its own.
 */
import { z } from 'zod';
import { ldapSource } from './ldap-source-schema.ts';

export const source = z.discriminatedUnion('type', [ldapSource]);

export type SourceConfig = z.output<typeof source>;
