import { lintAction } from './cli/lint-action.ts'

lintAction()
