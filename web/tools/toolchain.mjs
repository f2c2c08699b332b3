import { Failure, run } from './command.mjs'
import { inRoot } from './places.mjs'

const script = inRoot('wasm', 'toolchain', 'setup-emscripten.sh')
const boostScript = inRoot('server', 'toolchain', 'setup-boost.sh')
const enginesScript = inRoot('tests', 'server', 'engines.sh')

/** What a script prints as lines of `name=value`. */
async function answerOf(path) {
  const text = await run('bash', [path], { output: 'text' })
  return {
    text,
    named: Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map(line => line.split('=')),
    ),
  }
}

/** Debian packages that the toolchain still needs. */
export async function toolchainNeeds() {
  const names = await run('bash', [script, '--needs'], { output: 'text' })
  return names.split(/\s+/).filter(Boolean)
}

/** Makes the toolchain where it is missing. Returns the folder of emcc and a prefix with the core's headers. */
export async function toolchain() {
  const { text, named } = await answerOf(script)
  const { emscripten, prefix } = named
  if (!emscripten || !prefix) throw new Failure(`${script} answered ${JSON.stringify(text)}`)
  return { emscripten, prefix }
}

/** Makes Boost where it is missing. Returns the folder of its headers and sources. */
export async function boost() {
  const { text, named } = await answerOf(boostScript)
  if (!named.boost) throw new Failure(`${boostScript} answered ${JSON.stringify(text)}`)
  return named.boost
}

/** Fetches the Redis servers and Python tools of the server's tests where they are missing. Returns their folder. */
export async function redisEngines() {
  const { named } = await answerOf(enginesScript)
  if (!named.redis8) throw new Failure(`${enginesScript} answered nothing`)
  return named.redis8
}
