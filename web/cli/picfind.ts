#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { report } from './exit.ts'
import { addIndexCommand } from './index-pictures.ts'
import { addInspectCommand } from './inspect.ts'
import { addModelsCommand } from './models.ts'
import { endWithReader } from './output.ts'
import { packageFolder } from './places.ts'
import { addSearchCommand } from './search.ts'
import { addServeCommand } from './serve.ts'

const { version, description } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
  version: string
  description: string
}

endWithReader()
const program = new Command('picfind')
  .description(description)
  .version(version)
  .exitOverride()
  .configureOutput({
    outputError: (text, write) =>
      write(
        `picfind: ${text
          .replace(/^error: /, '')
          .trim()
          .replaceAll(/\s*\n\s*/g, ' ')}\n`,
      ),
  })
addIndexCommand(program)
addSearchCommand(program)
addInspectCommand(program)
addModelsCommand(program)
addServeCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}
