import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import Ajv from 'ajv'

const COMMAND = resolve(__dirname, '../../dist/cli/index.js')
const folder = mkdtempSync(join(tmpdir(), 'sarif-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** OASIS's JSON schema, as the crate serde-sarif has it; undefined where cargo can't get that. */
function publishedSchema(): object | undefined {
  const manifest = `[package]
name = "schema"
version = "0.0.0"
edition = "2021"
[dependencies]
serde-sarif = { version = "=0.7.0", default-features = false }
`
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'src/lib.rs'), '')
  writeFileSync(join(folder, 'Cargo.toml'), manifest)
  const { status } = spawnSync('cargo', ['vendor', '--quiet'], { cwd: folder, timeout: 60_000 })
  return status === 0
    ? JSON.parse(readFileSync(join(folder, 'vendor/serde-sarif/src/schema.json'), 'utf8'))
    : undefined
}

const WEAK = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'a b',
      Effect: 'Allow',
      Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringLike: { 'token.actions.githubusercontent.com:sub': ['repo:*', 'repo:o/r:*'] } },
    },
  ],
}

function sarifOf(policy: object): string {
  writeFileSync(join(folder, 'trust policy.json'), JSON.stringify(policy))
  const args = [COMMAND, 'lint', 'trust policy.json', '--format', 'sarif', '--min-severity', 'info']
  return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }).stdout
}

const schema = publishedSchema()
const describeSchema = schema === undefined ? describe.skip : describe

describeSchema('the SARIF of lint', () => {
  // Its pattern for languages is no Unicode expression.
  const isValid = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(
    schema ?? {},
  )

  test('is valid, with findings and without', () => {
    const withFindings = JSON.parse(sarifOf(WEAK))
    expect(withFindings.runs[0].results.length).toBeGreaterThan(3)
    isValid(withFindings)
    expect(isValid.errors).toBeNull()
    isValid(JSON.parse(sarifOf({ Version: '2012-10-17', Statement: [] })))
    expect(isValid.errors).toBeNull()
  })

  test.each([
    ['a level that is none', '"level": "error"', '"level": "fatal"'],
    ['a line before the first', '"startLine": 1', '"startLine": 0'],
    ['a result without a message', '"message": {', '"massage": {'],
  ])('is checked: the schema refuses %s', (_, right, wrong) => {
    const text = sarifOf(WEAK)
    expect(text).toContain(right)
    expect(isValid(JSON.parse(text.replaceAll(right, wrong)))).toBe(false)
  })
})
