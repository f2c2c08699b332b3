/** A file as it shows, pixels. */
export interface Sized {
  path: string
  width: number
  height: number
}

/** Sets of paths that are joined step by step. */
export class PathGroups {
  readonly #parents = new Map<string, string>()

  rootOf(path: string): string {
    let root = path
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root)) root = parent
    return root
  }

  /** The root of the joined set is its first path, in whatever order they are joined. */
  join(a: string, b: string): void {
    const [first, second] = [this.rootOf(a), this.rootOf(b)].sort() as [string, string]
    if (first !== second) this.#parents.set(second, first)
  }
}

/** Whether two sizes can be of one picture: the smaller is the larger one scaled, to the nearest pixel or the next. */
export function sameRatio(a: Sized, b: Sized): boolean {
  const [small, large] = a.width <= b.width ? [a, b] : [b, a]
  const height = (large.height * small.width) / large.width
  const width = (large.width * small.height) / large.height
  return Math.abs(height - small.height) <= 1 || Math.abs(width - small.width) <= 1
}

/**
 * Joins files whose names say that they are sizes of one picture (`photo-320x240.jpg`, `photo-800w.jpg`, `photo-640.jpg`,
 * `photo@2x.jpg`), where what the names say is true and their sides have one ratio.
 */
export function joinResized(files: readonly Sized[], groups: PathGroups): void {
  const families = new Map<string, { file: Sized; isPlain: boolean }[]>()
  const put = (family: string, file: Sized, isPlain: boolean) => {
    const known = families.get(family)
    if (known) known.push({ file, isPlain })
    else families.set(family, [{ file, isPlain }])
  }
  const byPath = new Map(files.map(file => [file.path, file]))
  for (const file of files) {
    const match = /^(?<stem>.*[^/])\.(?<extension>[^./]+)$/.exec(file.path)
    if (!match?.groups) continue
    const { stem, extension } = match.groups as { stem: string; extension: string }
    const suffix = extension.toLowerCase().replace('jpeg', 'jpg')
    put(`${stem}.${suffix}`, file, true)
    const short = stemOfResized(stem, file, plain => byPath.get(`${plain}.${extension}`))
    if (short !== undefined) put(`${short}.${suffix}`, file, false)
  }
  for (const family of families.values()) {
    if (family.every(({ isPlain }) => isPlain)) continue
    for (const [i, { file }] of family.entries()) {
      const twin = family.slice(0, i).find(other => sameRatio(other.file, file))
      if (twin) groups.join(twin.file.path, file.path)
    }
  }
}

/** The stem without the size that it ends with; undefined where it ends with none that is the file's. */
function stemOfResized(
  stem: string,
  { width, height }: Sized,
  find: (stem: string) => Sized | undefined,
): string | undefined {
  const sides = /^(.*[^/])[-_](\d+)x(\d+)$/.exec(stem)
  if (sides) return Number(sides[2]) === width && Number(sides[3]) === height ? sides[1] : undefined
  const wide = /^(.*[^/])[-_]([1-9]\d*)w?$/.exec(stem)
  if (wide) return Number(wide[2]) === width ? wide[1] : undefined
  const dense = /^(.*[^/])@(\d+(?:\.\d+)?)x$/.exec(stem)
  const single = dense && find(dense[1]!)
  if (!dense || !single) return undefined
  return Math.abs(single.width * Number(dense[2]) - width) <= Number(dense[2]) ? dense[1] : undefined
}
