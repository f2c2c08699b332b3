import { describe, test } from 'vitest'
import { smokeTests } from './smoke.ts'
import { startWebKit } from './webkitgtk.ts'

const started = await startWebKit().catch((error: Error) => error)

describe('in WebKitGTK', () => {
  if (started instanceof Error) test.skip(`cannot be started here: ${started.message}`)
  else smokeTests(async () => started)
})
