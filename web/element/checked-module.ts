/** Modules that are loaded only if they are what they are known to be. */

export const base64 = (hex: string): string =>
  btoa(hex.replace(/../g, byte => String.fromCharCode(Number(`0x${byte}`))))

/**
 * Fetches a module that is about to be imported; throws where it cannot be had or is not of that sha256 (hex). The browser checks it, and
 * gives the import what it has checked; one that knows no such preloads checks nothing.
 */
export async function checkModule(url: string, sha256: string): Promise<void> {
  const link = document.createElement('link')
  if (!link.relList.supports('modulepreload')) return
  link.rel = 'modulepreload'
  link.href = url
  link.integrity = `sha256-${base64(sha256)}`
  const isWhole = await new Promise<boolean>(resolve => {
    link.onload = () => resolve(true)
    link.onerror = () => resolve(false)
    document.head.append(link)
  })
  link.remove()
  if (!isWhole) throw new Error(`${url} cannot be loaded, or is not of the version that belongs here.`)
}
