/**
 * Several calls at a time, in the order of what they are for.
 */

/**
 * Ends with the first error, when those that were under way have ended too.
 *
 * @param onFailure is told at once, to end them
 */
export async function concurrently<Subject, Result>(
  subjects: readonly Subject[],
  most: number,
  work: (subject: Subject) => Promise<Result>,
  onFailure: (error: unknown) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = subjects.entries();
  const failures: unknown[] = [];
  const run = async (): Promise<void> => {
    for (const [index, subject] of queue) {
      if (failures.length > 0) return;
      try {
        results[index] = await work(subject);
      } catch (error) {
        failures.push(error);
        onFailure(error);
      }
    }
  };
  await Promise.all(Array.from({ length: most }, run));
  if (failures.length > 0) throw failures[0];
  return results;
}
