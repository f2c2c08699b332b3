/** What an address spells, for people and file systems; as it is where it is no proper one. */
export function decoded(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    return address
  }
}
