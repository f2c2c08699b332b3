const longestText = 1000

/** Text as a browser would show it: white space is one space, what does not show is left out; at most 1,000 characters. */
export function plainText(text: string): string {
  const shown = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
  if (shown.length <= longestText) return shown
  const begin = [...shown.slice(0, 2 * longestText)].slice(0, longestText - 1)
  return `${begin.join('').trimEnd()}…`
}
