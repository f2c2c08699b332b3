import { parentPort } from 'node:worker_threads'
import { expose } from 'comlink'
import { platformDecode } from '../decode-node.ts'
import { carryErrors } from './carry-errors.ts'
import { Decoder } from './decoder-service.ts'
import { nodeEndpoint } from './endpoint-node.ts'

carryErrors()
if (parentPort) expose(new Decoder(platformDecode), nodeEndpoint(parentPort))
