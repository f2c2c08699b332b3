import { PicfindError, reasonOf } from '../engine/errors.ts'

/** What a server says of a library. */
export interface SharedLibraryInfo {
  name: string
  model: string
  /** `read`, `write`; a server that does not tell lets the answer to a write tell. */
  rights?: string[]
}

/** What became of records that were written. */
export interface WriteAnswer {
  written: number
  skipped: { key: string; reason: string }[]
  /** Fields that the server was not told to keep. */
  left_out: string[]
}

/** Seconds that a server may be away, in all, before a job gives up; and between two attempts where it does not say how long. */
const patience = 60
const pause = 1

/** A library on a server, to be written to: waits out what passes, such as a Redis that is started again. */
export class SharedServer {
  /** Ends in a slash. */
  readonly url: string
  readonly #token: string | undefined

  constructor(url: string, token: string | undefined) {
    this.url = url.replace(/(\/manifest\.json|\/)?$/, '/')
    this.#token = token
  }

  async info(): Promise<SharedLibraryInfo> {
    const answer = (await (await this.#ask('')).json()) as SharedLibraryInfo | SharedLibraryInfo[]
    const info = Array.isArray(answer) ? answer[0] : answer
    if (typeof info?.name === 'string') return info
    throw new PicfindError('usage', `${this.url} is no library of a server; give an address like …/v1/libraries/NAME.`)
  }

  /** `records`: a JSON object a line. */
  async write(records: string): Promise<WriteAnswer> {
    const request = { method: 'PUT', body: records, headers: { 'Content-Type': 'application/x-ndjson' } }
    return (await (await this.#ask('records', request)).json()) as WriteAnswer
  }

  /** A picture that is gone already is as good. */
  async remove(key: string): Promise<void> {
    await this.#ask(`records/${encodeURIComponent(key)}`, { method: 'DELETE' }, 404)
  }

  async writeThumbnail(key: string, jpeg: Uint8Array<ArrayBuffer>): Promise<void> {
    const request = { method: 'PUT', body: jpeg, headers: { 'Content-Type': 'image/jpeg' } }
    await this.#ask(`thumbnails/${encodeURIComponent(key)}`, request)
  }

  /** Throws `token`, `download`, `usage` with the server's own words. `accept`: a status that is no error. */
  async #ask(path: string, request: RequestInit = {}, accept?: number): Promise<Response> {
    const url = this.url + path
    const headers = { ...request.headers, ...(this.#token !== undefined && { Authorization: `Bearer ${this.#token}` }) }
    for (let waited = 0; ; ) {
      let response: Response | undefined
      let reason = ''
      try {
        response = await fetch(url, { ...request, headers })
      } catch (error) {
        reason = `cannot be reached (${reasonOf(error)})`
      }
      if (response?.ok || (response && response.status === accept)) return response
      if (response) {
        reason = `answered ${response.status}: ${await wordsOf(response)}`
        if (response.status === 401 || response.status === 403) {
          const advice = 'give one that may write with --token or in PICFIND_TOKEN'
          throw new PicfindError('token', `${url} ${reason}; ${advice}.`)
        }
        if (response.status !== 503) throw new PicfindError('usage', `${url} ${reason}`)
      }
      const wait = Number(response?.headers.get('retry-after')) || pause
      if (waited + wait > patience) throw new PicfindError('download', `${url} ${reason}; what was written is kept.`)
      await new Promise(resolve => setTimeout(resolve, wait * 1000))
      waited += wait
    }
  }
}

async function wordsOf(response: Response): Promise<string> {
  const text = await response.text()
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message
  } catch {
    return response.statusText
  }
}
