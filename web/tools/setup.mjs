/**
 * Brings a machine to where a stage can run, and says what it installs and why. Plain Node: it runs before anything is installed.
 * Stages, each with those before: `page` makes and serves the page, `build` makes the server too, `test` runs every test.
 */
import { existsSync } from 'node:fs'
import { Failure, onPath } from './command.mjs'
import { install } from './debian.mjs'
import { installNodePackages } from './node-packages.mjs'
import { fetchStamps } from './stamps.mjs'
import { boost, redisEngines, toolchain, toolchainNeeds } from './toolchain.mjs'

const stages = ['page', 'build', 'test']
const requirements = [
  { stage: 'page', name: 'cmake', command: 'cmake', why: 'describes the C++ build' },
  { stage: 'page', name: 'ninja-build', command: 'ninja', why: 'runs the C++ build' },
  { stage: 'build', name: 'g++', command: 'g++', why: 'compiles the server, and the core for its tests' },
  { stage: 'build', name: 'libssl-dev', file: '/usr/include/openssl/ssl.h', why: 'TLS of the server' },
  { stage: 'build', name: 'zlib1g-dev', file: '/usr/include/zlib.h', why: 'gzip of the server' },
  { stage: 'test', name: 'redis-server', command: 'redis-server', why: 'the tests of the server' },
  {
    stage: 'test',
    name: 'python3-venv',
    file: '/usr/lib/python3.11/ensurepip',
    why: 'what writes vectors in the tests of the server',
  },
  { stage: 'test', name: 'googletest', file: '/usr/src/googletest/googletest', why: 'the tests of the core' },
  { stage: 'test', name: 'clang-format-19', command: 'clang-format-19', why: 'checks the layout of the C++ code' },
  { stage: 'test', name: 'clang-tidy-19', command: 'clang-tidy-19', why: 'checks the C++ code' },
  {
    stage: 'test',
    name: 'libclang-rt-19-dev',
    file: '/usr/lib/llvm-19/lib/clang/19/include/fuzzer',
    why: 'libFuzzer and the sanitizers',
  },
  { stage: 'test', name: 'chromium', command: 'chromium', why: 'the tests of the page' },
  { stage: 'test', name: 'firefox-esr', command: 'firefox-esr', why: 'a few tests in a second browser' },
  {
    stage: 'test',
    name: 'fonts-dejavu-core',
    file: '/usr/share/fonts/truetype/dejavu',
    why: 'text in the tests of the page',
  },
]

/** A third browser: where it cannot be had its tests are skipped, and the run says so. */
const webkit = [
  { name: 'webkit2gtk-driver', command: 'WebKitWebDriver', why: 'a few tests in a third browser' },
  { name: 'xvfb', command: 'Xvfb', why: 'the screen of that browser' },
]

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 9)) return
  throw new Failure(`Node ${process.versions.node} is too old: install Node 20.9 or newer (https://nodejs.org)`)
}

const isMissing = ({ command, file }) => (command ? !onPath(command) : !existsSync(file))

async function missingPackages(stage) {
  const wanted = requirements.filter(requirement => stages.indexOf(requirement.stage) <= stages.indexOf(stage))
  const missing = wanted.filter(isMissing)
  const forToolchain = (await toolchainNeeds()).map(name => ({ name, why: 'compiles the core to WebAssembly' }))
  return [...missing, ...forToolchain]
}

async function installWebKit() {
  try {
    await install(webkit.filter(isMissing))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(`${error.message}\nThe tests go on without it.`)
  }
}

async function fetchRedisEngines() {
  try {
    await redisEngines()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(`${error.message}\nThe tests of these engines will fail.`)
  }
}

/** Returns where the toolchain is (toolchain.mjs); `boost` only where the server is to be built. */
export async function setup(stage) {
  checkNode()
  await install(await missingPackages(stage))
  const tools = await toolchain()
  if (stage !== 'page') tools.boost = await boost()
  await installNodePackages()
  if (stage === 'test') {
    await installWebKit()
    await fetchRedisEngines()
    await fetchStamps()
  }
  return tools
}
