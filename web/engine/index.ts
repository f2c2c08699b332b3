/** What the entries for Node and for pages share. */
export { PicfindError, reasonOf } from './errors.ts'
export type { ModelManifest } from './models.ts'
export type { Assets, Decoding, LibraryOptions, ModelProgress } from './options.ts'
export type { ListedFile, Source, SourceFile, SourceOrigin, Unreadable } from './source.ts'
export type { Publication, Store, StoreDescription, WriterLock } from './store.ts'
export { http } from './store-http.ts'
export { memory } from './store-memory.ts'
export type * from './types.ts'
