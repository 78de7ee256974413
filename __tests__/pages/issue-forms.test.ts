import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { read } from './shown-by.ts'

type Field = {
  readonly type: string
  readonly id?: string
  readonly attributes: {
    readonly label?: string
    readonly value?: string
    readonly options?: readonly (string | { readonly required?: boolean })[]
  }
  readonly validations?: { readonly required?: boolean }
}
type Form = { readonly name: string; readonly description: string; readonly body: readonly Field[] }
type Config = {
  readonly blank_issues_enabled: boolean
  readonly contact_links: readonly { readonly name: string; readonly url: string; readonly about: string }[]
}

const FOLDER = '.github/ISSUE_TEMPLATE'
const REPOSITORY = 'https://github.com/aws-role-gate/aws-role-gate'
const REPORT = `${REPOSITORY}/security/advisories/new`
const names = readdirSync(resolve(__dirname, '../..', FOLDER)).filter(name => name !== 'config.yml')
const failure = formAt('failure.yml')
const config: Config = parse(read(`${FOLDER}/config.yml`))
const codes = new Set(read('src/core/base/failure.ts').match(/ERR_[A-Z_]+/g))

describe.each(names)('the form %s', name => {
  const form = formAt(name)

  // https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
  test('is valid for GitHub: fields of known types, each with its own label and name', () => {
    expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) })
    const fields = form.body.filter(({ type }) => type !== 'markdown')
    for (const { type, id, attributes } of fields) {
      expect(['input', 'textarea', 'dropdown', 'checkboxes']).toContain(type)
      expect(id).toMatch(/^[\w-]+$/)
      expect(attributes.label).toMatch(/.{5,}/)
    }
    for (const key of ['id', 'label'] as const) {
      const values = fields.map(({ id, attributes }) => (key === 'id' ? id : attributes.label))
      expect(values).toEqual([...new Set(values)])
    }
  })
})

describe('the form for failures', () => {
  test('offers every failure code, and none that does not exist', () => {
    const [none, ...offered] = field('code').attributes.options ?? []
    expect(none).toBe('none, the step passed')
    expect(new Set(offered)).toEqual(codes)
    expect(offered).toEqual([...codes])
  })

  test.each(['code', 'version', 'runner', 'workflow', 'log'])('can’t be submitted without its %s', id => {
    expect(field(id).validations?.required).toBe(true)
  })

  test('can’t be submitted without confirming that it contains no secret', () => {
    expect(field('redacted').attributes.options).toEqual([
      { label: expect.stringContaining('no token, no key and no password'), required: true },
    ])
  })

  test('sends vulnerabilities to a private channel before asking anything', () => {
    expect(failure.body[0]?.type).toBe('markdown')
    expect(failure.body[0]?.attributes.value).toContain(`](${REPORT})`)
  })
})

describe('someone who opens an issue', () => {
  test('finds a form for everything, and a private way for vulnerabilities first', () => {
    expect(config.blank_issues_enabled).toBe(false)
    expect(config.contact_links[0]?.url).toBe(REPORT)
    expect(read('SECURITY.md')).toContain(`](${REPORT})`)
  })

  test('is sent to pages that exist', () => {
    const urls = [...config.contact_links.map(({ url }) => url), ...linksIn(read(`${FOLDER}/failure.yml`))]
    const pages = urls.filter(url => url !== REPORT)
    expect(pages.length).toBeGreaterThan(2)
    for (const url of pages) {
      expect(url.startsWith(`${REPOSITORY}/blob/main/`)).toBe(true)
      expect(read(url.slice(`${REPOSITORY}/blob/main/`.length))).toMatch(/^# /)
    }
  })
})

test('the template for pull requests is five lines', () => {
  expect(read('.github/pull_request_template.md').trimEnd().split('\n')).toHaveLength(5)
})

test('every file has an owner', () => {
  expect(read('.github/CODEOWNERS')).toMatch(/^\* @[\w-]+\/[\w-]+$/m)
})

function formAt(name: string): Form {
  return parse(read(`${FOLDER}/${name}`))
}

function field(id: string): Field {
  const found = failure.body.find(candidate => candidate.id === id)
  if (!found) throw new Error(`no field ${id}`)
  return found
}

function linksIn(text: string): string[] {
  return Array.from(text.matchAll(/\]\((https:[^)]+)\)/g), ([, url = '']) => url)
}
