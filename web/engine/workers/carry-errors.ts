import { transferHandlers } from 'comlink'
import { PicfindError } from '../errors.ts'
import type { ErrorCode } from '../types.ts'

interface ThrownValue {
  value: unknown
}

interface CarriedError {
  message: string
  code?: ErrorCode
  name?: string
  stack?: string
}

/** Comlink carries message and stack of what was thrown; this adds a PicfindError's code. Both sides of a worker call it once. */
export function carryErrors(): void {
  const thrown = transferHandlers.get('throw')
  if (!thrown) return
  transferHandlers.set('throw', {
    canHandle: thrown.canHandle,
    serialize({ value }: ThrownValue): [CarriedError, Transferable[]] {
      if (!(value instanceof Error)) return [{ message: String(value) }, []]
      const { message, name, stack } = value
      return [{ message, name, stack, code: value instanceof PicfindError ? value.code : undefined }, []]
    },
    deserialize({ message, name, stack, code }: CarriedError): never {
      const error = code ? new PicfindError(code, message) : Object.assign(new Error(message), { name })
      error.stack = stack
      throw error
    },
  })
}
