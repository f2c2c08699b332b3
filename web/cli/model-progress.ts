import type { ModelProgress } from '../engine/node.ts'
import { megabytes } from './output.ts'
import { displayProgress, type ProgressDisplay } from './progress.ts'

/** Shows the download of a model's files, one after the other. */
export function displayModelProgress(): { show(progress: ModelProgress): void; end(): void } {
  let file = ''
  let started = 0
  let display: ProgressDisplay | undefined
  const end = () => {
    display?.end()
    display = undefined
  }
  return {
    show(progress) {
      if (!display || progress.file !== file) {
        end()
        file = progress.file
        started = performance.now()
        display = displayProgress(`Downloading ${file}`, megabytes)
      }
      const { loaded, total } = progress
      const perSecond = (loaded / (performance.now() - started)) * 1000
      const left = total === null || perSecond === 0 ? undefined : (total - loaded) / perSecond
      display.show({ done: loaded, total: total ?? loaded, rate: `${megabytes(perSecond)}/s`, left })
    },
    end,
  }
}
