/** The words in the page's own address, in a parameter that the rest of the page does not lose anything by. */
export function readQuery(parameter: string): string {
  return new URLSearchParams(location.search).get(parameter) ?? ''
}

export function writeQuery(parameter: string, words: string): void {
  const url = new URL(location.href)
  if (words === (url.searchParams.get(parameter) ?? '')) return
  if (words) url.searchParams.set(parameter, words)
  else url.searchParams.delete(parameter)
  history.replaceState(history.state, '', url)
}
