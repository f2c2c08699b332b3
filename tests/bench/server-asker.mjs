/** Searches asked of picfind-server. */
import { connect } from 'node:net'
import { Failure } from '../../web/tools/command.mjs'

/** Hits that each search asks for. */
export const k = 10

/**
 * Asks on one connection that stays open; resolves with the answer's JSON as text. It speaks HTTP itself: Node's client takes as long as
 * all that the server adds.
 */
export function asker({ port }) {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  let received = Buffer.alloc(0)
  let answered
  socket.on('data', part => {
    received = Buffer.concat([received, part])
    const head = received.indexOf('\r\n\r\n')
    if (head < 0) return
    const headers = received.toString('latin1', 0, head)
    const end = head + 4 + Number(/content-length: (\d+)/i.exec(headers)?.[1])
    if (received.length < end) return
    const text = received.toString('utf8', head + 4, end)
    received = received.subarray(end)
    if (!headers.startsWith('HTTP/1.1 200 ')) throw new Failure(text)
    answered(text)
  })
  const ask = body => {
    const head = ['POST /v1/libraries/bench/search HTTP/1.1', 'Host: bench', `Content-Length: ${body.length}`, '', '']
    return new Promise(resolve => {
      answered = resolve
      socket.write(head.join('\r\n') + body)
    })
  }
  return { ask, close: () => socket.destroy() }
}

/** Numbers as short as float32 allows. */
export const bodyOf = (query, options = {}) =>
  JSON.stringify({ query: { vector: Array.from(query, x => Number(x.toPrecision(8))) }, k, ...options })
