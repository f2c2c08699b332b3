import { readFileSync } from 'node:fs'
import { run } from '../../web/tools/command.mjs'
import { inRoot } from '../../web/tools/places.mjs'
import { installContenders, versionOf } from './contenders/install.mjs'

const packageVersion = name => JSON.parse(readFileSync(inRoot('node_modules', name, 'package.json'), 'utf8')).version

export async function versions() {
  const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))
  const { dependencies } = JSON.parse(readFileSync(inRoot('tests/bench/contenders/package.json'), 'utf8'))
  const chromium = await run('chromium', ['--version', '--no-sandbox'], { output: 'text' })
  const contenders = (await installContenders()) ? Object.keys(dependencies) : []
  return {
    picfind: version,
    node: process.versions.node,
    chromium: /[\d.]+/.exec(chromium)?.[0] ?? chromium.trim(),
    'onnxruntime-web': packageVersion('onnxruntime-web'),
    ...Object.fromEntries(contenders.map(name => [name, versionOf(name)])),
  }
}
