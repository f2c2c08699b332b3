/** First of all: workers start and load while the page is still being drawn. */
import { prepare } from '../engine/browser.ts'
import { assets } from './assets.ts'

prepare('picfind-mini', assets)
