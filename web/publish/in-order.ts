/** The results of `work` in the order of `items`; at most `atOnce` are at work at a time. */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const begun: Promise<R>[] = []
  for (const item of items) {
    if (begun.length === atOnce) yield await begun.shift()!
    const result = work(item)
    // It is looked at in its turn.
    result.catch(() => undefined)
    begun.push(result)
  }
  for (const result of begun) yield await result
}
