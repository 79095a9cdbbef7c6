/**
 * A limit for what any AWS answer may bring, below everything of the SDK that reads it.
 */
import { Readable } from 'node:stream';
import { AnswerTooLong } from './call-failure.ts';

/** A page of a thousand IAM users has half a megabyte; objects have limits of their own, below this one. */
const MAX_BYTES = 8 * 1024 * 1024;

/** For `middlewareStack.add`, next to the wire: cuts off an answer that has more, however it announces itself. */
export function limitAnswers<Request, Answer extends { readonly response: unknown }>(
  next: (request: Request) => Promise<Answer>,
): (request: Request) => Promise<Answer> {
  return async (request) => {
    const answer = await next(request);
    const response = answer.response as { body?: unknown };
    if (response.body instanceof Readable) response.body = Readable.from(upTo(MAX_BYTES, response.body), { objectMode: false });
    return answer;
  };
}

/** @throws AnswerTooLong as soon as there is more */
export async function* upTo(maxBytes: number, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxBytes) throw new AnswerTooLong(maxBytes);
    yield chunk;
  }
}
