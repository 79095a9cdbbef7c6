/**
 * The policies of packaging/aws, with their words replaced as an operator does it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: unknown;
}

export interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly PolicyStatement[];
}

export const PACKAGING = join(import.meta.dirname, '../../../packaging/aws');

export function policiesIn(folder: string): string[] {
  return readdirSync(join(PACKAGING, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

export function shippedPolicy(name: string, folder = 'iam'): PolicyDocument {
  return JSON.parse(readFileSync(join(PACKAGING, folder, `${name}.json`), 'utf8')) as PolicyDocument;
}

/**
 * For moto, which asks about resource "*" for every service but S3.
 *
 * @param isKept of its actions; a statement without any is left out
 * @throws Error for a word that is left over
 */
export function fillIn(
  document: PolicyDocument,
  words: Readonly<Record<string, string>>,
  isKept: (action: string) => boolean = () => true,
): PolicyDocument {
  const text = JSON.stringify(document).replaceAll(/@([A-Z0-9_]+)@/g, (_word, name: string) => wordOf(words, name));
  const { Version, Statement } = JSON.parse(text) as PolicyDocument;
  const statements = Statement.map((statement) => ({ ...statement, Action: [statement.Action].flat().filter(isKept) }));
  return { Version, Statement: statements.filter(({ Action }) => Action.length > 0).map(withMotosResource) };
}

function wordOf(words: Readonly<Record<string, string>>, name: string): string {
  const value = words[name];
  if (value === undefined) throw new Error(`nobody says what @${name}@ is`);
  return value;
}

function withMotosResource(statement: PolicyStatement): PolicyStatement {
  const isS3 = [statement.Action].flat().every((action) => action.startsWith('s3:'));
  return isS3 ? statement : { ...statement, Resource: '*' };
}
