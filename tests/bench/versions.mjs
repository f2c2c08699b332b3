import { readFileSync } from 'node:fs'
import { run } from '../../web/tools/command.mjs'
import { inRoot } from '../../web/tools/places.mjs'

const packageVersion = name => JSON.parse(readFileSync(inRoot('node_modules', name, 'package.json'), 'utf8')).version

export async function versions() {
  const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))
  const chromium = await run('chromium', ['--version', '--no-sandbox'], { output: 'text' })
  return {
    picfind: version,
    node: process.versions.node,
    chromium: /[\d.]+/.exec(chromium)?.[0] ?? chromium.trim(),
    'onnxruntime-web': packageVersion('onnxruntime-web'),
  }
}
