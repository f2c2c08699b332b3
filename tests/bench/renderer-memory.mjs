/** Peak memory of a page's process, which pages themselves cannot see. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    // The process has ended since it was listed.
    return ''
  }
}

const statusOf = (pid, field) => Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(read(pid, 'status'))?.[1] ?? 0)

/**
 * Resident memory of that one of the browser's renderers that had most, in megabytes: { peak, files }. `files` are pages of files in it now,
 * the browser's program above all, which all its processes share.
 */
export function largestRenderer(profileFolder) {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  const commands = new Map(pids.map(pid => [Number(pid), read(pid, 'cmdline')]))
  const belongs = pid => {
    for (let at = pid; at > 1; at = statusOf(at, 'PPid')) {
      if (commands.get(at)?.includes(`--user-data-dir=${profileFolder}`)) return true
    }
    return false
  }
  const renderers = [...commands].filter(([pid, command]) => command.includes('--type=renderer') && belongs(pid))
  if (renderers.length === 0) throw new Error(`No renderer of the browser with profile ${profileFolder} is running`)
  const megabytes = (pid, field) => (statusOf(pid, field) * 1024) / 1e6
  const all = renderers.map(([pid]) => ({ peak: megabytes(pid, 'VmHWM'), files: megabytes(pid, 'RssFile') }))
  return all.reduce((most, one) => (one.peak > most.peak ? one : most))
}
