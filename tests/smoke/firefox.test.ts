import { describe } from 'vitest'
import { startFirefox } from './firefox.ts'
import { smokeTests } from './smoke.ts'

describe('in Firefox', () => smokeTests(startFirefox))
