/**
 * When AWS sent an answer, by its own clock: the header `Date`, which every answer has, refusals too.
 */
/** RFC 9110 section 5.6.7. Proxies may say it once more, behind a comma. */
const IMF_DATE = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT/;

type Step<Request, Answer> = (request: Request) => Promise<Answer>;

/** For `middlewareStack.add`, next to the wire. @param note milliseconds since the epoch */
export function noteDates(
  note: (date: number) => void,
): <Request, Answer extends { readonly response: unknown }>(next: Step<Request, Answer>) => Step<Request, Answer> {
  return (next) => async (request) => {
    const answer = await next(request);
    const { headers } = answer.response as { readonly headers?: Readonly<Record<string, unknown>> };
    const [text = ''] = IMF_DATE.exec(String(headers?.['date'])) ?? [];
    const date = Date.parse(text);
    if (!Number.isNaN(date)) note(date);
    return answer;
  };
}
