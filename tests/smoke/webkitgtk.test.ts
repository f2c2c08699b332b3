import { describe, test } from 'vitest'
import { smokeTests } from './smoke.ts'
import { startWebKit } from './webkitgtk.ts'

const obstacle = await startWebKit().then(
  browser => browser.close(),
  (error: Error) => error,
)

describe('in WebKitGTK', () => {
  if (obstacle) test.skip(`cannot be started here: ${obstacle.message}`)
  else smokeTests(startWebKit)
})
