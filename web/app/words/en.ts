/** Everything the page says, in English. Other languages have the same shape (`Words`). */

import type { ModelManifest } from '../../engine/models.ts'
import type { ErrorCode, SkipCode } from '../../engine/types.ts'
import type { AddressFault } from '../../transfer/remote-head.ts'

const count = (n: number, one: string, many: string) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`
const pictures = (n: number) => count(n, 'picture', 'pictures')

/** What is wrong with an address, and what to do. */
const addressFaults: Record<AddressFault, (address: string) => string> = {
  'no-address': address => `“${address}” is no address of a site. It should look like https://example.org/picfind/.`,
  insecure: address =>
    `This page is secure, and the browser lets it read nothing from ${address}, which is not. Try it with https, or import its zip.`,
  offline: address => `${address} cannot be reached: this device has no network now.`,
  refused: address =>
    `${address} answers, but does not let other pages read what it says (the CORS header Access-Control-Allow-Origin is missing). If the address is right, ask its owner for that, or download the bundle as a zip and import it.`,
  unreachable: address =>
    `${address} cannot be read: it is not there, or its host does not let other pages read it (CORS). If it opens in a tab of its own it is the latter: then download the bundle as a zip and import it.`,
  token: address => `${address} asks for a token.`,
  missing: address =>
    `There is no library at ${address}. Check the address; it is that of the folder with manifest.json in it.`,
  'no-bundle': address =>
    `What ${address} answers is not a library but something else, perhaps a page. Check the address; it is that of the folder with manifest.json in it.`,
}

export const en = {
  pictures,

  // Search
  search: 'Search pictures',
  searchHint: 'Describe a picture, or drop one here',
  searchHintShort: 'Words or a picture',
  pickPicture: 'Search by a picture',
  clear: 'Clear the search',
  likeThis: (name: string) => `Like ${name}`,
  droppedPicture: 'your picture',
  quickAnswer: 'quick answer, refining …',
  quoted: (query: string) => `“${query}”`,
  resultsFor: (query: string, n: number) => `${query}: ${pictures(n)}, best first`,
  allPictures: (n: number) => `${pictures(n)}, newest first`,
  noPictures: 'No pictures in this library yet.',
  soon: 'The first pictures will be here in a few seconds.',
  score: (score: string) => `Score ${score}`,
  moreLikeThis: 'More like this',
  moreLike: (name: string) => `More like this: ${name}`,
  results: 'Pictures',
  opening: 'Opening the library …',

  // First visit
  welcome: 'Find pictures by what is in them',
  welcomeText: (n: number) =>
    `${pictures(n)} are here to try it on. Add your own whenever you like: they are read in this page and never leave your device.`,
  welcomeEmpty:
    'There are no pictures to try it on here. Add your own whenever you like: they are read in this page and never leave your device.',
  tryWords: 'Try',
  examples: ['a bird', 'espresso', 'snowy mountains', 'rocket', 'flowers'],

  // Libraries
  librariesOpen: (open: string) => `Libraries: ${open}`,
  starter: 'Starter pictures',
  myPictures: 'My pictures',
  newLibrary: 'New library …',
  newLibraryTitle: 'New library',
  libraryName: 'Name',
  libraryNameTaken: 'There is a library of that name already.',
  create: 'Create',
  manage: 'Folders and storage …',
  manageTitle: (library: string) => `Folders of “${library}”`,
  add: 'Add pictures',
  folderItem: 'A folder …',
  picturesItem: 'Single pictures …',
  addFolder: 'Add a folder',
  addPictures: 'Add single pictures',
  noFolders: 'Nothing has been added to this library yet.',
  updateFolder: 'Look for changes',
  subfolders: 'Subfolders …',
  removeFolder: 'Remove',
  removeFolderAsk: (folder: string, n: number) =>
    `Remove “${folder}” (${pictures(n)}) from this library? The files themselves stay where they are.`,
  removeLibrary: 'Remove this library …',
  removeLibraryAsk: (library: string, n: number) =>
    `Remove the library “${library}” (${pictures(n)})? The files themselves stay where they are.`,
  remove: 'Remove',
  cancel: 'Cancel',
  close: 'Close',
  storageLibrary: (library: string) => `This library takes ${library}.`,
  addedReadOnly: 'These pictures are on another site. Your own go into a library of their own.',
  starterReadOnly: 'These pictures come with Picfind. Your own go into a library of their own.',

  // All libraries
  allLibraries: 'All libraries …',
  librariesTitle: 'Libraries',
  kindOwn: 'Yours, in this browser',
  kindAdded: 'On another site; what was loaded of it is kept for use without a network',
  kindSite: 'Comes with this page; what was loaded of it is kept for use without a network',
  openNow: 'open now',
  open: 'Open',
  free: 'Free its space',
  freeAsk: (library: string) =>
    `Remove what this browser keeps of “${library}”? It is loaded again when it is next looked at.`,
  removeOwnAsk: (library: string) =>
    `Remove the library “${library}” and all it knows of your pictures? The pictures themselves stay where they are.`,
  removeAddedAsk: (library: string) =>
    `Take “${library}” off the list and remove what this browser keeps of it? Nothing changes on its site.`,
  storageAll: (used: string, quota: string, site: string) =>
    `All that ${site} keeps in this browser, models and the page included, takes about ${used}; ${quota} are allowed.`,
  persisted: 'The browser has promised not to clear it by itself.',
  notPersisted: 'The browser may clear it when the disk is nearly full.',
  persist: 'Ask it not to',
  persistRefused: 'It has not promised more; installing the page as an app, or using it more often, can change that.',
  install: 'Install as an app',

  // Libraries by address
  openAddress: 'Open by address …',
  addressTitle: 'Open a library by its address',
  addressText:
    'Picture search on a site is a folder, often called picfind. Its pictures are searched here, in this browser, which keeps its files for use without a network.',
  address: 'Address',
  token: 'Token',
  tokenTitle: 'A token is needed',
  tokenText: (origin: string) =>
    `${origin} shows its pictures to those who have a token. Whoever runs it can give you one; it is kept in this browser and sent to no other address.`,
  tokenGive: 'Enter a token',
  tokenForget: 'Forget the one kept here',
  tokenForgetFor: 'Forget its token',
  tokenForgetAsk: (library: string, origin: string) =>
    `Forget the token for ${origin} and remove what this browser keeps of “${library}”? Nothing changes on its server.`,
  tokenInvalid: 'A token has no spaces and no letters with accents.',
  tokenMissing: (library: string) =>
    `The server of “${library}” asks for a token. Until then the copy in this browser answers, and nothing new arrives.`,
  replaced: (library: string, found: number, kept: number) =>
    `“${library}” has begun anew on its server and has ${pictures(found)} there now. The copy in this browser, ${pictures(kept)}, is kept.`,
  replacedTake: 'Take over what is there',
  addressFault: (fault: AddressFault, address: string) => addressFaults[fault](address),

  // Libraries in and out
  importZip: 'Import a zip …',
  importFolder: 'Import a folder …',
  importing: (library: string) => `Importing “${library}”`,
  imported: (library: string) => `“${library}” is here, and every file of it is whole.`,
  importModel: (model: string) =>
    `It was made with the model “${model}”, which this Picfind does not have: its pictures have to be added anew.`,
  importTerms: (model: string, licence: string) =>
    `This library needs the model “${model}”, whose licence (${licence}) does not allow commercial use. Accept that and import it?`,
  importAccept: 'Accept and import',
  export: 'Save as bundle …',
  exportTitle: (library: string) => `Save “${library}”`,
  exportFor: 'What for',
  exportCopy: 'To keep, or to open in Picfind elsewhere',
  exportCopyText: 'The library as it is, with its thumbnails. The pictures themselves are not in it.',
  exportSite: 'For a site',
  exportSiteText:
    'With the search field, a model for words and small copies of the pictures: about 65 MB. Names of files and folders are readable in it; times are not.',
  exportOriginals: 'Where the folders of the pictures are on the site, as seen from the bundle',
  exportZip: 'Save as zip',
  exportFolder: 'Save into a folder …',
  exporting: (library: string) => `Saving “${library}”`,
  exportedFolder: (folder: string) => `Saved into the folder “${folder}”.`,
  transferStoreless: 'Libraries can be saved and imported only where the browser can keep them: open Picfind by https.',

  // Libraries of a server
  searchThere: 'Search on the server',
  searchHere: (size: string) => `Copy it here (${size}) and search it offline`,
  askServer: (n: number) => `${pictures(n)}, searched on the server. Type words or drop a picture.`,

  // Adding
  folderTitle: (folder: string) => `Add “${folder}”`,
  folderText: 'All of its subfolders are searched. Clear the ones to leave out.',
  start: 'Start',
  readingFolder: 'Reading the folder …',
  listing: (found: number) => `Found ${pictures(found)} …`,
  indexing: (folder: string) => `Adding “${folder}”`,
  indexed: (folder: string) => `“${folder}”`,
  progress: (done: number, found: number) => `${done.toLocaleString('en')} of ${pictures(found)}`,
  rate: (rate: string) => `${rate} a second`,
  left: (time: string) => `${time} left`,
  seconds: (n: number) => `${n} s`,
  minutes: (n: number) => `${n} min`,
  hours: (h: number, min: number) => `${h} h ${min} min`,
  pause: 'Pause',
  paused: 'Paused',
  resume: 'Resume',
  stop: 'Stop',
  dismiss: 'Dismiss',
  interrupted: (folder: string) => `Adding “${folder}” was interrupted.`,
  pickAgain: (folder: string) => `Choose “${folder}” again to look for changes.`,
  skipped: (n: number) => `${n.toLocaleString('en')} skipped`,
  skippedTitle: 'Skipped files',
  skippedText: 'These could not be added. Everything else was.',
  /** The engine's own sentence is in this language already. */
  skippedFor: (_code: SkipCode, reason: string) => reason,
  finished: (indexed: number, unchanged: number, deleted: number) =>
    [
      `${pictures(indexed)} added`,
      unchanged > 0 ? `${unchanged.toLocaleString('en')} unchanged` : '',
      deleted > 0 ? `${deleted.toLocaleString('en')} gone` : '',
    ]
      .filter(Boolean)
      .join(', '),
  dropSearch: 'Search by this picture',
  dropAdd: 'Add to my pictures',
  dropNothing: 'Nothing in what was dropped is a picture or a folder.',
  otherTabWrites: 'Another tab is adding pictures to this library. Wait for it or pause it there.',

  // Large view
  view: 'Picture',
  previous: 'Previous picture',
  next: 'Next picture',
  openOriginal: 'Open the original',
  details: 'Details',
  folder: 'Folder',
  size: 'Size',
  dimensions: 'Dimensions',
  type: 'Type',
  date: 'Date',
  scoreLabel: 'Score',
  thumbnailOnly:
    'This is the thumbnail: the original cannot be read from here. Add its folder again to see it in full.',
  pictureless: 'Only what is known of this picture is here: where the picture itself is, nobody has said.',
  thumbnailUnshown: 'This is the thumbnail: the browser cannot show this kind of file. “Open the original” saves it.',
  gone: 'This picture is no longer in the library.',

  // Selection
  selected: (n: number) => `${n.toLocaleString('en')} selected`,
  select: (name: string) => `Select ${name}`,
  saveZip: 'Save as zip',
  zipping: (done: number, n: number) => `Packing ${done} of ${n} …`,
  zipMissing: (n: number) =>
    `${count(n, 'original', 'originals')} could not be read and ${n === 1 ? 'is' : 'are'} not in the zip.`,
  zipNothing: 'None of the originals can be read from here. Add their folder again first.',
  copyPaths: 'Copy paths',
  copied: (n: number) => `${count(n, 'path', 'paths')} copied.`,
  copyTitle: 'Paths',
  clearSelection: 'Clear the selection',

  // Model
  model: (name: string) => `Model: ${name}`,
  modelTitle: 'Models',
  modelText: 'A model turns pictures and words into comparable numbers. It runs on this device.',
  modelInUse: 'In use in this library',
  modelDescription: (model: ModelManifest) => model.description,
  modelLimits: (model: ModelManifest) => model.limits,
  modelSuggested: 'Suggested upgrade',
  modelSize: (size: string) => `${size} download`,
  modelHere: 'comes with Picfind',
  modelLicence: 'Licence',
  modelNonCommercial: 'Not for commercial use.',
  modelUse: 'Download and start a library with it',
  modelUseHere: 'Start a library with it',
  modelSwitchText: 'Each model needs its own library: your pictures are read again, and this library stays as it is.',
  modelDownloading: (done: string, all: string) => `Downloading: ${done} of ${all}`,

  // Notices
  inMemory: 'This browser window cannot store files, so what you add is kept only until it is closed.',
  noSpace: 'There is no space left. What was added so far is safe; free some space or remove a library, then resume.',
  libraryGone: (name: string) => `There is no library “${name}” in this browser.`,
  /** The engine's own sentence, which says what to do, is in this language already. */
  trouble: (_code: ErrorCode, reason: string) => reason,
  failed: (reason: string) => `That did not work: ${reason}`,
  offlineReady: 'Ready to work offline.',
  switchLanguage: '中文',
}
