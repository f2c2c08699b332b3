import { platformDecode } from '../decode-page.ts'
import { carryErrors } from './carry-errors.ts'
import { Decoder } from './decoder-service.ts'
import { exposeOnPort } from './expose-on-port.ts'

carryErrors()
exposeOnPort(new Decoder(platformDecode))
