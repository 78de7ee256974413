import { SecretMasker } from './secret-masker.ts'
import { parseWorkflowCommand, type WorkflowCommand } from './workflow-command.ts'

export type AnnotationLevel = 'error' | 'warning' | 'notice'

export interface Annotation {
  readonly level: AnnotationLevel
  readonly message: string
  readonly title?: string
}

export interface StepLogOptions {
  /** Shows `debug` lines. */
  readonly debug: boolean
  /** Known from earlier steps. */
  readonly masks: readonly string[]
  readonly onLine?: ((line: string) => void) | undefined
}

/** What GitHub shows of a step, built from its output line by line; obeys the commands in it as the runner does. */
export class StepLog {
  readonly annotations: Annotation[] = []
  /** `set-output` and others that files have replaced: on record, but without effect. */
  readonly legacyCommands: WorkflowCommand[] = []
  readonly #lines: string[] = []
  readonly #masker: SecretMasker
  readonly #debug: boolean
  readonly #onLine: (line: string) => void
  #stopToken: string | undefined

  constructor({ debug, masks, onLine }: StepLogOptions) {
    this.#masker = new SecretMasker(masks)
    this.#debug = debug
    this.#onLine = onLine ?? (() => {})
  }

  get text(): string {
    return this.#lines.map(line => `${line}\n`).join('')
  }

  get masks(): readonly string[] {
    return this.#masker.masks
  }

  /** Takes one line of the process's output. */
  write(line: string): void {
    const command = parseWorkflowCommand(line, name => this.#isKnown(name))
    if (!command) this.#show(line)
    else if (this.#stopToken === undefined) this.#obey(command, line)
    else this.#heedOnly(this.#stopToken, command, line)
  }

  annotate(level: AnnotationLevel, message: string, title?: string): void {
    const hidden = this.#masker.hide(message)
    this.annotations.push({
      level,
      message: hidden,
      ...(title === undefined ? {} : { title: this.#masker.hide(title) }),
    })
    this.#show(`${labels[level]}: ${message}`)
  }

  #isKnown(name: string): boolean {
    return knownCommands.has(name.toLowerCase()) || name.toLowerCase() === this.#stopToken
  }

  /** While commands are stopped, all are text but the one that lets them go on. */
  #heedOnly(stopToken: string, command: WorkflowCommand, line: string): void {
    if (command.name === stopToken) this.#stopToken = undefined
    this.#show(line)
  }

  #obey(command: WorkflowCommand, line: string): void {
    const { name, data, properties } = command
    switch (name) {
      case 'add-mask':
        this.#mask(data)
        break
      case 'error':
      case 'warning':
      case 'notice':
        this.annotate(name, data, properties.title)
        break
      case 'debug':
        if (this.#debug) this.#show(data.replaceAll(/^|(?<=\n)/g, '##[debug]'))
        break
      case 'group':
        this.#show(`▸ ${data}`)
        break
      case 'stop-commands':
        this.#stopToken = data.toLowerCase()
        this.#show(line)
        break
      case 'set-output':
      case 'save-state':
      case 'set-env':
      case 'add-path':
        this.legacyCommands.push(command)
        break
      default:
      // `endgroup`, `echo` and the matchers show nothing.
    }
  }

  #mask(secret: string): void {
    if (secret.trim() !== '') this.#masker.add(secret)
    else this.annotate('warning', "Can't add secret mask for empty string in ##[add-mask] command.")
  }

  #show(text: string): void {
    for (const line of this.#masker.hide(text).split(/\r?\n/)) {
      this.#lines.push(line)
      this.#onLine(line)
    }
  }
}

const labels: Readonly<Record<AnnotationLevel, string>> = {
  error: 'Error',
  warning: 'Warning',
  notice: 'Notice',
}

const knownCommands = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
])
