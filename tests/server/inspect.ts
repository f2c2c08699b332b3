/** `picfind-server inspect`. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkout } from '../web/picfind-process.ts'
import { serverProgram } from './processes.ts'

interface Ended {
  stdout: string
  stderr: string
  code?: number
}

/** What it prints, and its exit code where that is not 0. */
export const inspect = (url: string): Promise<Ended> =>
  promisify(execFile)(serverProgram, ['inspect', url, '--models', join(checkout, 'models')]).catch(
    (error: Ended) => error,
  )
