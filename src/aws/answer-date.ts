/**
 * When AWS sent an answer, by its own clock: the header `Date`, which every answer has, refusals too.
 */
type Step<Request, Answer> = (request: Request) => Promise<Answer>;

/** For `middlewareStack.add`, next to the wire. @param note milliseconds since the epoch */
export function noteDates(
  note: (date: number) => void,
): <Request, Answer extends { readonly response: unknown }>(next: Step<Request, Answer>) => Step<Request, Answer> {
  return (next) => async (request) => {
    const answer = await next(request);
    const { headers } = answer.response as { readonly headers?: Readonly<Record<string, unknown>> };
    const date = Date.parse(String(headers?.['date']));
    if (!Number.isNaN(date)) note(date);
    return answer;
  };
}
