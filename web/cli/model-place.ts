import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { PicfindError } from '../engine/errors.ts'
import { downloadFolder, folderCache, folderReader } from '../engine/model-cache-node.ts'
import { type ModelFiles, openModelFiles } from '../engine/model-files.ts'
import { fileName, type ModelFile, type ModelManifest, parseManifest, shippedModels } from '../engine/models.ts'
import { isModelId } from '../engine/platform.ts'
import { usageError } from './exit.ts'
import { packageFolder } from './places.ts'

/** A model on this machine. */
export interface ModelPlace {
  manifest: ModelManifest
  /** The manifest's file. */
  text: Uint8Array
  /** Downloads what is missing. */
  files: ModelFiles
  /** The same without a network: what is missing is an error that says how to fetch it. */
  filesHere: ModelFiles
  /** Path of a file; undefined if it has to be downloaded first. */
  pathOf(file: ModelFile): string | undefined
}

/** The file of a manifest; throws `usage` if there is none. `model`: id of a shipped model, or the path of a model.json. */
export function requireModel(model: string): string {
  const isPath = !isModelId(model)
  const path = isPath ? resolve(model) : join(packageFolder, 'models', model, 'model.json')
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw usageError(`${path} is a folder; name the model.json in it`)
  }
  if (existsSync(path)) return path
  throw usageError(
    isPath
      ? `there is no model manifest ${path}`
      : `there is no model ${model}: give the path of a model.json, or one of ${shippedModels.join(', ')}`,
  )
}

export async function findModel(model: string, acceptedLicence = false): Promise<ModelPlace> {
  const path = requireModel(model)
  const text = await readFile(path)
  const manifest = parseManifest(text.toString(), path)
  const folder = dirname(path)
  const downloads = downloadFolder(manifest.id)
  const files = openModelFiles(manifest, {
    local: folderReader(folder),
    beside: folderReader(folder),
    cache: folderCache(downloads),
    sha256: bytes => createHash('sha256').update(bytes).digest('hex'),
    acceptedLicence,
  })
  const pathOf = (file: ModelFile) => {
    const name = file.path ?? fileName(file.url ?? '')
    const places = file.path === undefined ? [join(folder, name), join(downloads, name)] : [join(folder, name)]
    return places.find(existsSync)
  }
  const requireHere = (file: ModelFile) => {
    if (pathOf(file)) return
    const name = fileName(file.path ?? file.url ?? '')
    throw new PicfindError('not-found', `${name} is not on this machine; fetch it with: picfind models fetch ${model}`)
  }
  const filesHere: ModelFiles = {
    hash: files.hash,
    async read(file, options) {
      requireHere(file)
      return files.read(file, options)
    },
    async sha256(file, options) {
      if (file.sha256 === null) requireHere(file)
      return files.sha256(file, options)
    },
  }
  return { manifest, text, files, filesHere, pathOf }
}
