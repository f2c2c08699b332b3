/** Where the page has the parts of Picfind that are not JavaScript. */
const here = (path: string) => new URL(path, document.baseURI).href

export const assets = { core: here(__CORE__), runtime: here(__RUNTIME__), models: here('models/') }
