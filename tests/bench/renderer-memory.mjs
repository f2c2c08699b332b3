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

/** The largest peak of resident memory among the renderers of the browser with that profile, in megabytes. */
export function peakOfRenderers(profileFolder) {
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
  return Math.max(...renderers.map(([pid]) => statusOf(pid, 'VmHWM') * 1024)) / 1e6
}
