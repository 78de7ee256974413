import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import Ajv2020 from 'ajv/dist/2020'

const SCHEMA = JSON.parse(readFileSync(resolve(__dirname, '../docs/identity-record.schema.json'), 'utf8'))
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(SCHEMA)

/** What docs/identity-record.schema.json finds wrong with a record; nothing for a valid one. */
export function schemaProblems(record: unknown): string[] {
  validate(record)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`)
}
