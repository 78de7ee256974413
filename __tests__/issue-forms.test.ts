import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { read } from './shown-by.ts'

type Field = {
  readonly id?: string
  readonly type: string
  readonly attributes: { readonly options?: readonly string[] }
  readonly validations?: { readonly required?: boolean }
}

const FOLDER = '.github/ISSUE_TEMPLATE'
const codes = [...new Set(read('src/core/failure.ts').match(/ERR_[A-Z_]+/g))]
const forms = readdirSync(resolve(__dirname, '..', FOLDER)).filter(name => name !== 'config.yml')

const fieldsOf = (form: string): readonly Field[] => parse(read(`${FOLDER}/${form}`)).body

describe('issue forms', () => {
  test.each(forms)('ask for the failure code, and know each of them: %s', form => {
    const field = fieldsOf(form).find(({ id }) => id === 'failure-code')
    expect(field?.type).toBe('dropdown')
    expect(field?.attributes.options?.slice(1)).toEqual(codes)
    expect(field?.attributes.options?.[0]).toMatch(/^none/)
  })

  test('of a failure can’t be sent without code, version, runner, step and log', () => {
    const required = fieldsOf('failure.yml').filter(({ validations }) => validations?.required)
    expect(required.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['failure-code', 'version', 'runner', 'step', 'log']),
    )
  })

  test('lead those who found a hole to a private report', () => {
    const { blank_issues_enabled: blank, contact_links: links } = parse(read(`${FOLDER}/config.yml`))
    expect(blank).toBe(false)
    expect(JSON.stringify(links)).toContain('/security/advisories/new')
  })
})

test('the template for pull requests has five lines', () => {
  expect(read('.github/pull_request_template.md').trim().split('\n')).toHaveLength(5)
})
