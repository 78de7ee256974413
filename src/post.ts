import { cleanUp } from './cleanup.ts'

cleanUp()
