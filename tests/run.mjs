/**
 * `npm test`: sets the machine up, builds, runs every suite and goes on after one that fails. Suites can be named:
 * `node tests/run.mjs native lint`. The last line is the sum; a lint step counts as one test.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { build, cmake, configure } from '../web/tools/build.mjs'
import { Failure, run } from '../web/tools/command.mjs'
import { inRoot, tool } from '../web/tools/places.mjs'
import { setup } from '../web/tools/setup.mjs'

/** `skipped` holds the names. */
const none = { passed: 0, failed: 0, skipped: [] }
const one = { ...none, passed: 1 }
const add = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: [...a.skipped, ...b.skipped],
})

/** Runs one step that passes or fails as a whole. */
async function asOneTest(name, action) {
  try {
    await action()
    console.log(`  ${name}: ok`)
    return one
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(`  ${name}: ${error.message}`)
    return { ...none, failed: 1 }
  }
}

/** Runs a GoogleTest program and reads its closing lines; one that never gets there has crashed and counts as a failure. */
async function googleTest(command, args) {
  let crashed = false
  const text = await run(command, [...args, '--gtest_brief=1'], { output: 'text', accept: [0, 1] }).catch(error => {
    console.error(error.message)
    crashed = true
    return ''
  })
  process.stdout.write(text)
  const count = word => Number(new RegExp(`^\\[  ${word} *\\] (\\d+) tests?[.,]`, 'm').exec(text)?.[1] ?? 0)
  const skipped = [...text.matchAll(/^\[ {2}SKIPPED \] (\S+)$/gm)].map(([, name]) => name)
  const result = { passed: count('PASSED'), failed: count('FAILED'), skipped: [...new Set(skipped)] }
  if (crashed || (result.passed === 0 && result.failed === 0)) result.failed += 1
  return result
}

async function native(tools) {
  await cmake(tools, { folder: 'native', target: 'picfind_tests' })
  return googleTest(inRoot('build/native/picfind_tests'), [])
}

async function wasm(tools) {
  await cmake(tools, { folder: 'wasm', target: 'picfind_tests', wasm: true })
  return googleTest(process.execPath, ['build/wasm/picfind_tests.js'])
}

/** As many inputs as are tried in half a minute, always the same ones; CONTRIBUTING.md tells how to go on from there. */
async function fuzz(tools) {
  const options = ['-DPICFIND_FUZZ=ON', '-DCMAKE_C_COMPILER=clang-19', '-DCMAKE_CXX_COMPILER=clang++-19']
  const findings = 'build/fuzz/findings'
  rmSync(inRoot(findings), { recursive: true, force: true })
  mkdirSync(inRoot(findings), { recursive: true })
  const feed = (target, ...inputs) =>
    run(`build/fuzz/${target}`, ['-seed=1', `-artifact_prefix=${findings}/`, ...inputs], {
      output: 'everything',
    }).catch(error => {
      throw new Failure(`${error.text}\n${error.message}`)
    })
  const steps = {
    'files of a library': () => feed('library_fuzz', '-runs=2000', '-max_len=200', '-len_control=0'),
    JPEGs: () => feed('jpeg_fuzz', '-runs=20000', '-max_len=4096', findings, 'tests/data/image'),
  }
  await cmake(tools, { folder: 'fuzz', target: 'fuzz', options })
  let result = none
  for (const [name, action] of Object.entries(steps)) result = add(result, await asOneTest(name, action))
  return result
}

function cppFiles(folder) {
  const files = readdirSync(inRoot(folder), { recursive: true }).filter(path => /\.(cpp|h)$/.test(path))
  return files.map(path => `${folder}/${path}`)
}

async function clangTidy(tools) {
  // Clang cannot read what GCC has precompiled, and of what it precompiles itself it would look through all, file by file.
  const options = ['-DPICFIND_SERVER=ON', `-DPICFIND_BOOST=${tools.boost}`, '-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON']
  await configure(tools, { folder: 'tidy', options })
  const config = `-config-file=${inRoot('wasm/.clang-tidy')}`
  const files = '/(wasm/[a-z]+/.*|server/(access/.*|http/.*|main))\\.cpp$'
  const args = ['-quiet', '-use-color=false', '-p', 'build/tidy', config, files]
  await run('run-clang-tidy-19', args, { output: 'everything' }).catch(error => {
    // Without its progress and its counts of what it did not show.
    const findings = (error.text ?? '').split('\n').filter(line => !/^\[\s*\d|^\d+ warnings? generated|^$/.test(line))
    throw new Failure([...findings, error.message].join('\n'))
  })
}

async function lint(tools) {
  const format = ['--style=file:wasm/.clang-format', '--dry-run', '--Werror']
  const biome = folder => run(tool('biome'), ['check', '--config-path', inRoot('web')], { folder: inRoot(folder) })
  const types = (...args) => run(tool('tsc'), ['--noEmit', '-p', ...args])
  const steps = {
    'clang-format': () =>
      run('clang-format-19', [
        ...format,
        ...cppFiles('wasm'),
        ...cppFiles('server'),
        ...cppFiles('tests/unit'),
        ...cppFiles('tests/fuzz'),
      ]),
    'clang-tidy': () => clangTidy(tools),
    'Biome, web': () => biome('web'),
    'Biome, tests': () => biome('tests'),
    'types of engine and command line': () => types('web'),
    'types of the element': () => types('web/element'),
    'types of the page': () => types('web/app'),
    'types of the tests': () => types('tests'),
  }
  let result = none
  for (const [name, action] of Object.entries(steps)) result = add(result, await asOneTest(name, action))
  return result
}

/** Runs a Vitest project and reads its report; a file that could not be loaded counts as one failure. */
async function vitest(project) {
  const report = inRoot('build', 'test-reports', `${project}.json`)
  mkdirSync(inRoot('build', 'test-reports'), { recursive: true })
  rmSync(report, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  await run(tool('vitest'), ['run', '-c', 'tests/vitest.config.ts', '--project', project, ...reporters], {
    accept: [0, 1],
    env: process.stdout.isTTY ? {} : { NO_COLOR: '1' },
  })
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const broken = testResults.filter(
    file => file.status === 'failed' && file.assertionResults.every(t => t.status !== 'failed'),
  )
  const skipped = testResults.flatMap(file => file.assertionResults.filter(test => test.status === 'skipped'))
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped: skipped.map(test => test.fullName.trim()),
  }
}

const suites = {
  build: tools => asOneTest('npm run build', () => build(tools)),
  native,
  wasm,
  fuzz,
  lint,
  web: () => vitest('web'),
  server: () => vitest('server'),
  e2e: () => vitest('e2e'),
  package: () => vitest('package'),
  smoke: () => vitest('smoke'),
}

const named = process.argv.slice(2)
const unknown = named.filter(name => !(name in suites))
if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}.`)
  process.exit(2)
}

async function timed(name, action) {
  console.log(`\n${name}`)
  const started = performance.now()
  const result = await action().catch(error => {
    console.error(error instanceof Failure ? error.message : error)
    return { ...none, failed: 1 }
  })
  return { name, minutes: (performance.now() - started) / 60_000, result }
}

let tools
const done = [
  await timed('setup', async () => {
    tools = await setup('test')
    return none
  }),
]
if (tools) {
  for (const [name, suite] of Object.entries(suites)) {
    if (named.length === 0 || name === 'build' || named.includes(name)) done.push(await timed(name, () => suite(tools)))
  }
}

console.log('\nsuite    minutes  passed  failed')
for (const { name, minutes, result } of done) {
  const row = [
    name.padEnd(8),
    minutes.toFixed(1).padStart(7),
    `${result.passed}`.padStart(7),
    `${result.failed}`.padStart(7),
  ]
  console.log(row.join(' '))
}
const { passed, failed, skipped } = done.map(({ result }) => result).reduce(add, none)
for (const name of skipped) console.log(`\nskipped: ${name}`)
console.log(`\n${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`)
process.exitCode = failed === 0 ? 0 : 1
