#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { report, usageError } from './exit.ts'
import { addIndexCommand } from './index-pictures.ts'
import { addInspectCommand } from './inspect.ts'
import { addModelsCommand } from './models.ts'
import { endWithReader } from './output.ts'
import { packageFolder } from './places.ts'
import { addPullCommand } from './pull.ts'
import { addPushCommand } from './push.ts'
import { addSearchCommand } from './search.ts'
import { addServeCommand } from './serve.ts'

const { version, description } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
  version: string
  description: string
}

/** An empty value is a variable of a script that was not set; as a path it would be the current folder. */
function requireValues(command: Command): void {
  const values = (value: unknown) => (Array.isArray(value) ? value : [value])
  const empty = command.options.find(option => values(command.getOptionValue(option.attributeName())).includes(''))
  if (empty) throw usageError(`option '${empty.flags}' is empty: give it a value or leave it out`)
  const nameless = command.registeredArguments.find((argument, i) => !argument.variadic && command.args[i] === '')
  if (nameless) throw usageError(`argument '${nameless.name()}' is empty`)
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
program.hook('preAction', (_, command) => requireValues(command))
addIndexCommand(program)
addSearchCommand(program)
addInspectCommand(program)
addModelsCommand(program)
addServeCommand(program)
addPushCommand(program)
addPullCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}
