import type { ServerResponse } from 'node:http'
import type { SignedRequest } from '../../sts/signature.ts'

const statePath = '/states/job'

/** The bucket of OpenTofu's backend. Whatever is stored, the state's output `caller` is the ARN of whoever reads it. */
export class Bucket {
  readonly #objects = new Map<string, string>()

  answer({ method, path, body }: SignedRequest, response: ServerResponse, caller: string): void {
    const [key = '', query = ''] = path.split('?')
    if (method === 'PUT') {
      this.#objects.set(key, body)
      response.end()
    } else if (method === 'DELETE') {
      this.#objects.delete(key)
      response.writeHead(204).end()
    } else if (query.includes('list-type=')) response.end('<ListBucketResult/>')
    else if (key === statePath) response.end(JSON.stringify(stateTelling(caller)))
    else response.writeHead(this.#objects.has(key) ? 200 : 404).end(this.#objects.get(key))
  }
}

function stateTelling(caller: string) {
  return {
    version: 4,
    terraform_version: '1.12.6',
    serial: 1,
    lineage: 'c0ffee00-0000-4000-8000-000000000000',
    outputs: { caller: { value: caller, type: 'string' } },
    resources: [],
  }
}
