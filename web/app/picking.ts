/** The browser's own dialogs for files and folders. */

type DirectoryPicker = (options: { id: string; mode: 'read' | 'readwrite' }) => Promise<FileSystemDirectoryHandle>

/** With the newest means the browser has; undefined where it has none. Rejects with an AbortError where the person chooses nothing. */
export function directoryPicker(): DirectoryPicker | undefined {
  return (globalThis as { showDirectoryPicker?: DirectoryPicker }).showDirectoryPicker?.bind(globalThis)
}

let picking: HTMLInputElement | undefined

/** An input in the page, because some browsers drop the files of one that is not. */
export function pickFiles(what: 'folder' | 'pictures' | 'zip', use: (files: File[]) => void): void {
  picking?.remove()
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = what !== 'zip'
  input.hidden = true
  if (what === 'folder') input.webkitdirectory = true
  else input.accept = what === 'zip' ? '.zip,application/zip' : 'image/*'
  input.dataset.picks = what
  input.addEventListener('change', () => {
    if (input.files?.length) use([...input.files])
    input.remove()
  })
  document.body.append(input)
  picking = input
  input.click()
}
