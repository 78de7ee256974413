import { cleanUp } from './cleanup.ts'

void cleanUp()
