/** Folders of the built page, with a hash of their content in the name; set by vite.config.ts. */
declare const __CORE__: string
declare const __RUNTIME__: string
