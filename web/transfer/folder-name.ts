/** A library's name as every system takes it for a folder. */
export function folderName(library: string): string {
  const plain = library.replaceAll(/[\\/:*?"<>|\p{Cc}]+/gu, '-').replace(/^[.\s-]+|[.\s]+$/g, '')
  return plain.slice(0, 60) || 'library'
}
