/** Directory handles by library and source, in IndexedDB: the one place a browser keeps handles in. */
const databaseName = 'picfind'
const notes = 'sources'

export async function recallNote(library: string, source: string): Promise<unknown> {
  return inDatabase('readonly', store => store.get([library, source]))
}

/** undefined forgets. */
export async function rememberNote(library: string, source: string, note: unknown): Promise<void> {
  await inDatabase('readwrite', store =>
    note === undefined ? store.delete([library, source]) : store.put(note, [library, source]),
  )
}

async function inDatabase(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const database = await openDatabase()
  try {
    return await answer(ask(database.transaction(notes, mode).objectStore(notes)))
  } finally {
    database.close()
  }
}

async function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(databaseName, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(notes)
  return answer(request)
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
