import './prepare.ts'
import './components/app-root.ts'
import { start } from './start.ts'

void start()
