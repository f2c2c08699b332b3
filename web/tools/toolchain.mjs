import { Failure, run } from './command.mjs'
import { inRoot } from './places.mjs'

const script = inRoot('wasm', 'toolchain', 'setup-emscripten.sh')

/** Debian packages that the toolchain still needs. */
export async function toolchainNeeds() {
  const names = await run('bash', [script, '--needs'], { output: 'text' })
  return names.split(/\s+/).filter(Boolean)
}

/** Makes the toolchain where it is missing. Returns the folder of emcc and a prefix with the core's headers. */
export async function toolchain() {
  const answer = await run('bash', [script], { output: 'text' })
  const { emscripten, prefix } = Object.fromEntries(
    answer
      .trim()
      .split('\n')
      .map(line => line.split('=')),
  )
  if (!emscripten || !prefix) throw new Failure(`${script} answered ${JSON.stringify(answer)}`)
  return { emscripten, prefix }
}
