/** `npm run build`: the wasm core, engine and command line, the element, the page, the starter library, the server. What has not changed is not made again. */
import { chmodSync, cpSync, rmSync } from 'node:fs'
import { delimiter } from 'node:path'
import { pathToFileURL } from 'node:url'
import { main, run } from './command.mjs'
import { inRoot, tool } from './places.mjs'
import { setup } from './setup.mjs'
import { step } from './steps.mjs'

const remove = path => rmSync(inRoot(path), { recursive: true, force: true })

const withEmscripten = folder => ({ PATH: `${folder}${delimiter}${process.env.PATH}` })

/** Configures build/<folder>, which costs little when nothing is new. `options`: further ones of CMake. */
export async function configure({ emscripten, prefix, boost }, { folder, wasm = false, options = [] }) {
  const settings = [
    '-S',
    '.',
    '-B',
    `build/${folder}`,
    '-G',
    'Ninja',
    '-DCMAKE_BUILD_TYPE=Release',
    `-DPICFIND_PREFIX=${prefix}`,
    ...(boost && folder === 'native' ? ['-DPICFIND_SERVER=ON', `-DPICFIND_BOOST=${boost}`] : []),
    ...options,
  ]
  const [command, ...args] = wasm ? ['emcmake', 'cmake', ...settings] : ['cmake', ...settings]
  await run(command, args, { env: withEmscripten(emscripten), output: 'everything' }).catch(error => {
    console.error(error.text)
    throw error
  })
}

/** Configures build/<folder> and builds one target in it. */
export async function cmake(tools, { target, ...build }) {
  await configure(tools, build)
  const args = ['--build', `build/${build.folder}`, '--target', target, '--', '--quiet']
  await run('cmake', args, { env: withEmscripten(tools.emscripten) })
}

async function buildCore(tools) {
  remove('dist/core')
  await cmake(tools, { folder: 'wasm', target: 'picfind-core', wasm: true })
}

async function buildEngine() {
  for (const folder of ['dist/engine', 'dist/quick', 'dist/publish', 'dist/transfer', 'dist/cli', 'dist/element'])
    remove(folder)
  await run(tool('tsc'), ['-p', 'web'])
  // `npx picfind` in the checkout starts the file itself.
  chmodSync(inRoot('dist/cli/picfind.js'), 0o755)
}

/** The code of a bundle, and the loader that starts it. */
async function buildElement() {
  const vite = ['build', '-c', 'web/element/vite.config.ts', '--logLevel', 'warn']
  await run(tool('vite'), vite)
  await run(tool('vite'), [...vite, '--mode', 'loader'])
}

/** A static library, as `picfind index` makes it for a site. */
async function buildStarter() {
  remove('dist/app/starter')
  const pictures = 'dist/app/starter/pictures'
  const library = 'dist/app/starter/library'
  cpSync(inRoot('web/app/starter/pictures'), inRoot(pictures), { recursive: true })
  const index = [
    'dist/cli/picfind.js',
    'index',
    pictures,
    '--out',
    library,
    '--name',
    'starter',
    '--url',
    '../pictures/',
  ]
  await run(process.execPath, index)
  // Where the pictures were on the machine that built it is nobody else's business.
  remove(`${library}/.picfind-sources.json`)
}

export async function build(tools) {
  await step({
    name: 'core',
    inputs: ['CMakeLists.txt', 'wasm'],
    outputs: ['dist/core/picfind-core.js', 'dist/core/picfind-core.wasm'],
    run: () => buildCore(tools),
  })
  await step({
    name: 'engine',
    inputs: [
      'web/engine',
      'web/quick',
      'web/publish',
      'web/transfer',
      'web/cli',
      'web/element',
      'web/tsconfig.json',
      'package-lock.json',
    ],
    outputs: ['dist/engine/node.js', 'dist/cli/picfind.js', 'dist/publish/quick-write.js', 'dist/element/index.js'],
    run: buildEngine,
  })
  await step({
    name: 'element',
    inputs: ['web/element', 'web/quick', 'web/engine', 'package-lock.json', 'dist/core'],
    outputs: ['dist/site/element.js', 'dist/element/picfind.js'],
    run: buildElement,
  })
  const hasNewPage = await step({
    name: 'page',
    inputs: [
      'web/app',
      'web/element',
      'web/engine',
      'web/quick',
      'web/publish',
      'web/transfer',
      'web/vite.config.ts',
      'package-lock.json',
      'dist/core',
      'dist/site',
      'dist/element/picfind.js',
    ],
    outputs: ['dist/app/index.html'],
    run: () => run(tool('vite'), ['build', '-c', 'web/vite.config.ts', '--logLevel', 'warn']),
  })
  // Vite empties its folder; whatever it leaves of an earlier starter library must not pass for a whole one.
  if (hasNewPage) remove('dist/app/starter')
  await step({
    name: 'starter library',
    inputs: ['web/app/starter/pictures', 'models/picfind-mini/model.json', 'dist/core', 'dist/engine', 'dist/cli'],
    outputs: ['dist/app/starter/library/manifest.json'],
    run: buildStarter,
  })
  if (!tools.boost) return
  await step({
    name: 'server',
    inputs: ['CMakeLists.txt', 'wasm', 'server'],
    outputs: ['build/picfind-server'],
    run: () => cmake(tools, { folder: 'native', target: 'picfind-server' }),
  })
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(async () => build(await setup('build')))
