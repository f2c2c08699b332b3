import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** What is fetched once and shared by all checkouts of this user. */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'picfind')

export const inRoot = (...parts) => join(root, ...parts)
export const tool = name => inRoot('node_modules', '.bin', name)
