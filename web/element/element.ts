/** What a loader imports: `code/<hash>/element.js` of a bundle. Its name is part of what loaders of every age rely on. */
import { PicfindSearch } from './picfind-search.ts'

if (!customElements.get('picfind-search')) customElements.define('picfind-search', PicfindSearch)
