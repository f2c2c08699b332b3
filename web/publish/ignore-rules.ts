import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { unlessMissing } from '../engine/files-node.ts'

/** The file at a site's root that names what is not to be found, in the syntax of .gitignore. */
const ignoreFile = '.picfindignore'

/** What of a site is left out by name. */
export class IgnoreRules {
  readonly #rules: Ignore

  private constructor(rules: Ignore) {
    this.#rules = rules
  }

  /** `patterns` come after those of the site's .picfindignore. */
  static async read(site: string, patterns: string[]): Promise<IgnoreRules> {
    const text = await readFile(join(site, ignoreFile), 'utf8').catch(unlessMissing)
    return new IgnoreRules(
      ignore({ allowRelativePaths: true })
        .add(text ?? '')
        .add(patterns.map(fromRoot)),
    )
  }

  leavesOut(path: string): boolean {
    return this.#rules.ignores(path)
  }

  /** Whether everything in a folder is left out. */
  leavesOutFolder(path: string): boolean {
    return this.#rules.ignores(`${path}/`)
  }
}

/** `./drafts` is what a shell completes; in .gitignore's syntax it is `/drafts`. */
function fromRoot(pattern: string): string {
  return pattern.replace(/^\.(?=\/)/, '')
}
