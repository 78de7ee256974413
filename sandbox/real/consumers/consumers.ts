import { cdk } from './cdk.ts'
import type { Consumer } from './consumer.ts'
import { goSdk } from './go.ts'
import { javaSdk } from './java.ts'
import { javascriptSdk } from './node.ts'
import { awsCommandLine, awsCommandLineV1, boto3, boto3OfPypi } from './python.ts'
import { rustSdk } from './rust.ts'
import { tofu } from './tofu.ts'

/** In the order of the page. */
export const consumers: readonly Consumer[] = [
  awsCommandLine,
  awsCommandLineV1,
  boto3,
  boto3OfPypi,
  javascriptSdk,
  cdk,
  goSdk,
  tofu,
  javaSdk,
  rustSdk,
]
