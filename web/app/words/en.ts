/** Everything the page says, in English. Other languages have the same shape (`Words`). */

import type { ModelManifest } from '../../engine/models.ts'
import type { ErrorCode, SkipCode } from '../../engine/types.ts'

const count = (n: number, one: string, many: string) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`
const pictures = (n: number) => count(n, 'picture', 'pictures')

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
  moreLike: (name: string) => `More like ${name}`,
  results: 'Pictures',
  opening: 'Opening the library …',

  // First visit
  welcome: 'Find pictures by what is in them',
  welcomeText: (n: number) =>
    `${pictures(n)} are here to try it on. Add your own whenever you like: they are read in this page and never leave your device.`,
  tryWords: 'Try',
  examples: ['a bird', 'espresso', 'snowy mountains', 'rocket', 'flowers'],

  // Libraries
  libraries: 'Libraries',
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
  storage: (library: string, all: string, quota: string) =>
    `This library takes ${library}. Picfind uses ${all} of ${quota} this browser allows.`,
  storageLibrary: (library: string) => `This library takes ${library}.`,
  starterReadOnly: 'These pictures come with Picfind. Your own go into a library of their own.',

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
