import { actionNode } from './action-node.ts'

/** The operating system that a step runs on. */
export interface System {
  /** RUNNER_OS */
  readonly name: 'Linux' | 'Windows'
  /** The command that runs a script with the Node that an action gets, without the script. */
  nodeCommand(actionDirectory: string): readonly string[]
  /** How programs of the system write the path of a file of this machine. */
  pathOf(path: string): string
  /** What a process is started with to see these variables and this home folder, which is a path of this machine. */
  environmentOf(variables: Readonly<Record<string, string>>, home: string): Readonly<Record<string, string>>
  /** What ends a line of the runner's command files. */
  readonly lineEnd: RegExp
  /** Whether a process can write to a pipe of this machine; else it writes to files. */
  readonly hasPipes: boolean
}

/** This machine. */
export const linux: System = {
  name: 'Linux',
  nodeCommand: actionDirectory => [actionNode(actionDirectory).path],
  pathOf: path => path,
  environmentOf: (variables, home) => ({ PATH: process.env.PATH ?? '', HOME: home, ...variables }),
  lineEnd: /\n/,
  hasPipes: true,
}
