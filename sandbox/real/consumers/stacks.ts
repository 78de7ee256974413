import type { AnswerFields } from '../../fault.ts'
import { StsError } from '../../sts/sts-error.ts'

/** The stacks that the CDK deploys. Their output `Caller` is the ARN of whoever asks for it. */
export class Stacks {
  readonly #creationMs: number
  readonly #createdAt = new Map<string, number>()

  constructor(creationMs: number) {
    this.#creationMs = creationMs
  }

  /** CloudFormation's answer to an operation of its query API. */
  perform(operation: string, { StackName: stack = '' }: Parameters, caller: string): AnswerFields {
    switch (operation) {
      case 'CreateStack':
        this.#createdAt.set(stack, Date.now())
        return { StackId: idOf(stack) }
      case 'DescribeStackEvents':
        return { StackEvents: '' }
      case 'DescribeStacks':
        return { Stacks: { member: this.#describe(nameOf(stack), caller) } }
      default:
        throw new StsError(
          400,
          'InvalidAction',
          `Could not find operation ${operation} for version 2010-05-15`,
        )
    }
  }

  #describe(name: string, caller: string): AnswerFields {
    const createdAt = this.#createdAt.get(name)
    if (createdAt === undefined)
      throw new StsError(400, 'ValidationError', `Stack with id ${name} does not exist`)
    return {
      StackName: name,
      StackId: idOf(name),
      CreationTime: new Date(createdAt).toISOString(),
      StackStatus: Date.now() >= createdAt + this.#creationMs ? 'CREATE_COMPLETE' : 'CREATE_IN_PROGRESS',
      Outputs: { member: { OutputKey: 'Caller', OutputValue: caller } },
    }
  }
}

type Parameters = Readonly<Record<string, string>>

const idPrefix = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/'

function idOf(name: string): string {
  return `${idPrefix}${name}/1`
}

function nameOf(nameOrId: string): string {
  return nameOrId.startsWith(idPrefix) ? nameOrId.slice(idPrefix.length, -2) : nameOrId
}
