/** picfind.js of a bundle: `<script type="module" src="…/picfind/picfind.js"></script>`. */
import { loadSearch } from './load.ts'

void loadSearch(new URL(/* @vite-ignore */ '.', import.meta.url))
