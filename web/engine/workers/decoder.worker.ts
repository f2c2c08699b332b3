import { expose } from 'comlink'
import { platformDecode } from '../decode-page.ts'
import { carryErrors } from './carry-errors.ts'
import { Decoder } from './decoder-service.ts'

carryErrors()
expose(new Decoder(platformDecode))
