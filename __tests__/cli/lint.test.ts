import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

const COMMAND = resolve(__dirname, '../../dist/cli/index.js')
const KEY = 'token.actions.githubusercontent.com'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** With one finding, whole-owner, unless the subject is another. */
function policyFor(subject = 'repo:octo-org/*'): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${KEY}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { [`${KEY}:aud`]: 'sts.amazonaws.com' },
          StringLike: { [`${KEY}:sub`]: subject },
        },
      },
    ],
  }
}

const SOUND = policyFor('repo:octo-org@65/payments@74:environment:production')

function write(name: string, content: object | string | Buffer): void {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  const isRaw = typeof content === 'string' || Buffer.isBuffer(content)
  writeFileSync(path, isRaw ? content : JSON.stringify(content, undefined, 2))
}

/** In the folder, as a checkout without node_modules does. */
function lint(args: readonly string[], input = '') {
  const options = { encoding: 'utf8', cwd: folder, input, maxBuffer: 100_000_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, 'lint', ...args], options)
  return { status, stdout, stderr }
}

type Result = {
  readonly findings: readonly {
    readonly file: string
    readonly line: number
    readonly column: number
    readonly role: string | null
    readonly rule: string
  }[]
  readonly pending: readonly string[]
  readonly policies: number
}

function resultOf(...args: readonly string[]): Result {
  return JSON.parse(lint([...args, '--json']).stdout)
}

describe('lint reads', () => {
  const role = (AssumeRolePolicyDocument: unknown) => ({
    RoleName: 'deploy',
    Arn: 'arn:aws:iam::111122223333:role/deploy',
    AssumeRolePolicyDocument,
  })
  const ARN = 'arn:aws:iam::111122223333:role/deploy'
  const text = JSON.stringify(policyFor())
  const resource = {
    address: 'module.ci.aws_iam_role.deploy',
    type: 'aws_iam_role',
    values: { name: 'deploy', assume_role_policy: text },
  }
  const data = {
    address: 'data.aws_iam_policy_document.trust',
    type: 'aws_iam_policy_document',
    values: { json: text },
  }
  const permissions = {
    address: 'data.aws_iam_policy_document.s3',
    type: 'aws_iam_policy_document',
    values: {
      json: JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }),
    },
  }
  const stack = {
    Resources: {
      DeployRole: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: policyFor() } },
      Bucket: { Type: 'AWS::S3::Bucket' },
    },
  }
  const yaml = `Resources:
  DeployRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub \${AWS::StackName}-deploy
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal:
              Federated: !Sub arn:aws:iam::\${AWS::AccountId}:oidc-provider/${KEY}
            Action: sts:AssumeRoleWithWebIdentity
            Condition:
              StringEquals:
                ${KEY}:aud: sts.amazonaws.com
              StringLike:
                ${KEY}:sub: repo:octo-org/*
`
  const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le')

  test.each<[string, string, object | string | Buffer, string]>([
    ['a policy', 'p.json', policyFor(), ''],
    ['what get-role prints', 'p.json', { Role: role(policyFor()) }, ARN],
    ['a role of IAM’s API, percent-encoded', 'p.json', { Role: role(encodeURIComponent(text)) }, ARN],
    ['what list-roles prints', 'p.json', { Roles: [role(policyFor()), role(SOUND)] }, ARN],
    [
      'what get-account-authorization-details prints',
      'p.json',
      { RoleDetailList: [role(policyFor())], Policies: [], UserDetailList: [] },
      ARN,
    ],
    ['a percent-encoded policy', 'p.json', encodeURIComponent(text), ''],
    ['a JSON string with a policy', 'p.json', JSON.stringify(text), ''],
    ['a policy with a BOM', 'p.json', `\uFEFF${text}`, ''],
    ['a policy that PowerShell wrote', 'p.json', utf16, ''],
    ['a policy in UTF-16, big-endian', 'p.json', Buffer.from(utf16).swap16(), ''],
    [
      'the state of Terraform, with modules',
      'state.json',
      { values: { root_module: { resources: [permissions], child_modules: [{ resources: [resource] }] } } },
      resource.address,
    ],
    [
      'a plan of Terraform, with each resource once',
      'plan.json',
      {
        planned_values: { root_module: { child_modules: [{ resources: [resource] }] } },
        resource_changes: [
          {
            address: resource.address,
            change: { after: { assume_role_policy: text }, after_unknown: { arn: true } },
          },
        ],
        configuration: { root_module: { resources: [{ expressions: { assume_role_policy: {} } }] } },
      },
      resource.address,
    ],
    [
      'aws_iam_policy_document of Terraform',
      'state.json',
      { values: { root_module: { resources: [data, permissions] } } },
      data.address,
    ],
    ['a CloudFormation template in JSON', 'stack.json', stack, 'DeployRole'],
    ['a CloudFormation template in YAML', 'stack.yaml', yaml, 'DeployRole'],
    ['a CloudFormation template with another ending', 'stack.template', yaml, 'DeployRole'],
  ])('%s', (_, name, content, owner) => {
    write(name, content)
    const { findings } = resultOf(name)
    expect(findings.map(({ file, rule, role }) => [file, rule, role])).toEqual([
      [name, 'whole-owner', owner === '' ? null : owner],
    ])
  })

  test.each<[string, string, string, readonly string[]]>([
    [
      '!Join and !Ref',
      'Federated: !Join ["", ["arn:aws:iam::", !Ref AWS::AccountId, ":oidc-provider/token.actions.githubusercontent.com"]]',
      'repo:*',
      ['any-subject'],
    ],
    ['!GetAtt', 'Federated: !GetAtt GithubOidc.Arn', 'repo:*', ['any-subject']],
    [
      '!If with sound values',
      'Federated: !Ref GithubOidc',
      '!If [IsProd, "repo:o@1/r@2:environment:prod", "repo:o@1/r@2:environment:dev"]',
      [],
    ],
    [
      '!If with a wide value',
      'Federated: !Ref GithubOidc',
      '!If [IsProd, "repo:o@1/r@2:environment:prod", "repo:*"]',
      ['any-subject'],
    ],
    [
      '!If without a value',
      'Federated: !Ref GithubOidc',
      '!If [IsProd, "repo:o@1/r@2:environment:prod", !Ref AWS::NoValue]',
      [],
    ],
  ])('CloudFormation with %s', (_, principal, subject, rules) => {
    const value = subject.startsWith('!') ? subject : `"${subject}"`
    write(
      'stack.yaml',
      `Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: { ${principal} }
            Action: sts:AssumeRoleWithWebIdentity
            Condition:
              StringEquals: { "${KEY}:aud": sts.amazonaws.com }
              StringLike: { "${KEY}:sub": ${value} }
`,
    )
    expect(resultOf('stack.yaml').findings.map(({ rule }) => rule)).toEqual(rules)
  })

  test('of a plan what comes, and not what was', () => {
    const change = {
      before: { assume_role_policy: text },
      after: { assume_role_policy: JSON.stringify(SOUND) },
    }
    const state = { values: { root_module: { resources: [resource] } } }
    write('plan.json', {
      prior_state: state,
      resource_drift: [{ change }],
      resource_changes: [{ address: 'a', change }],
    })
    expect(resultOf('plan.json')).toMatchObject({ findings: [], policies: 1 })
  })

  test('no policies of other kinds, in folders and in other documents', () => {
    const ofBucket = { Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }
    const ofRegistry = {
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:GetDownloadUrlForLayer' }],
    }
    write('iam/a.json', SOUND)
    write('iam/bucket.json', ofBucket)
    write('iam/stack.json', {
      Resources: {
        Images: { Type: 'AWS::ECR::Repository', Properties: { RepositoryPolicyText: ofRegistry } },
      },
    })
    expect(lint(['iam'])).toMatchObject({ status: 0, stdout: '0 findings in 1 trust policy of 3 files\n' })
  })

  test('standard input', () => {
    expect(lint(['-'], JSON.stringify(policyFor())).stdout).toMatch(/^-:\d+:\d+: warning whole-owner: /)
  })

  test('a template in YAML, and says the line and column of the subject', () => {
    write('stack.yaml', yaml)
    const [finding] = resultOf('stack.yaml').findings
    const lines = yaml.split('\n')
    const line = lines.findIndex(each => each.includes(`${KEY}:sub`))
    expect([finding?.line, finding?.column]).toEqual(
      [line + 1, lines[line]?.indexOf('repo:') ?? 0].map((each, index) => each + index),
    )
  })

  test('a policy, and says the line of the condition among others', () => {
    write('p.json', policyFor())
    const [finding] = resultOf('p.json').findings
    const lines = JSON.stringify(policyFor(), undefined, 2).split('\n')
    expect(lines[(finding?.line ?? 0) - 1]).toContain(`${KEY}:sub`)
  })

  test('folders and patterns, and leaves files alone that hold no policy', () => {
    write('iam/a.json', policyFor())
    write('iam/deep/b.json', policyFor())
    write('iam/deep/c.json', SOUND)
    write('iam/package.json', { name: 'x' })
    write('iam/broken.json', '{')
    write('iam/notes.txt', policyFor())
    write('iam/node_modules/x.json', policyFor())
    const filesWith = (...args: string[]) => resultOf(...args).findings.map(({ file }) => file)
    expect(filesWith('iam')).toEqual(['iam/a.json', 'iam/deep/b.json'])
    expect(filesWith('iam/**/*.json')).toEqual(['iam/a.json', 'iam/deep/b.json'])
    expect(filesWith('iam/*.json')).toEqual(['iam/a.json'])
    expect(filesWith('./iam/?.json', 'iam/a.json')).toEqual(['iam/a.json'])
    expect(resultOf('iam').policies).toBe(3)
  })

  test('a file once, however often and in whatever form its path is given', () => {
    write('iam/a.json', policyFor())
    const paths = ['iam/a.json', './iam/a.json', 'iam/../iam/a.json', join(folder, 'iam/a.json'), 'iam']
    const { findings, policies } = resultOf(...paths)
    expect([findings.map(({ file }) => file), policies]).toEqual([['iam/a.json'], 1])
  })

  test('10,000 roles in seconds', () => {
    write('roles.json', { Roles: Array.from({ length: 10_000 }, () => role(policyFor())) })
    const started = Date.now()
    const { stdout } = lint(['roles.json'])
    expect(stdout).toMatch(/in 1 trust policy of 1 file|in 10000 trust policies of 1 file/)
    expect(Date.now() - started).toBeLessThan(10_000)
  })
})

describe('lint ends with', () => {
  const unknown = {
    resource_changes: [
      { address: 'aws_iam_role.deploy', change: { after: {}, after_unknown: { assume_role_policy: true } } },
    ],
  }
  const NO_SUBJECT_RULE = {
    ...SOUND,
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }],
  }

  test.each<[string, number, object | string, readonly string[], RegExp]>([
    [
      '3 for conditions that a function decides',
      3,
      {
        Resources: {
          Role: {
            Type: 'AWS::IAM::Role',
            Properties: {
              AssumeRolePolicyDocument: {
                Statement: [
                  {
                    Effect: 'Allow',
                    Principal: {},
                    Action: 'sts:AssumeRole',
                    Condition: { 'Fn::If': ['IsProd', {}, {}] },
                  },
                ],
              },
            },
          },
        },
      },
      [],
      /Role: not known until deployed/,
    ],
    ['0 if nothing is found', 0, SOUND, [], /^0 findings in 1 trust policy of 1 file/],
    ['1 if something is found', 1, policyFor(), [], /1 finding in 1 trust policy/],
    ['0 for advice', 0, policyFor('repo:octo-org/payments:environment:production'), [], /^0 findings/],
    [
      '1 for advice that was asked for',
      1,
      policyFor('repo:octo-org/payments:environment:production'),
      ['--min-severity', 'info'],
      /info names-without-ids/,
    ],
    [
      '0 for a plan without roles, as of one that deletes them',
      0,
      {
        format_version: '1.2',
        resource_changes: [{ change: { before: { assume_role_policy: '{}' }, after: null } }],
      },
      [],
      /^0 findings in 0 trust policies/,
    ],
    ['0 for an account without roles', 0, { Roles: [] }, [], /^0 findings/],
    ['0 for a warning below the severity', 0, policyFor(), ['--min-severity', 'error'], /^0 findings/],
    ['1 for an error', 1, NO_SUBJECT_RULE, ['--min-severity', 'error'], /error everyone/],
    ['3 for a policy that is not known yet', 3, unknown, [], /aws_iam_role\.deploy: not known until apply/],
    [
      '1 beside one that is not known yet',
      1,
      { ...unknown, all: { AssumeRolePolicyDocument: policyFor() } },
      [],
      /1 finding/,
    ],
  ])('%s', (_, status, content, options, output) => {
    write('p.json', content)
    const result = lint(['p.json', ...options])
    expect([result.status, result.stderr]).toEqual([status, ''])
    expect(result.stdout).toMatch(output)
  })

  test.each<[string, readonly string[], RegExp]>([
    ['no file', [], /no path was given/],
    ['a file that is missing', ['none.json'], /none\.json: no such file/],
    ['a pattern without a match', ['iam/*.json'], /iam\/\*\.json: no such file/],
    ['a folder without a policy', ['empty'], /no trust policy was found/],
    ['a file that is no JSON', ['broken.json'], /broken\.json: it is not JSON: line 1, column 2/],
    ['a file that holds no policy', ['other.json'], /other\.json: it contains no trust policy/],
    ['lists in lists, 100,000 deep', ['deep.json'], /deep\.json: it is nested too deeply/],
    ['objects in objects, 100,000 deep', ['objects.json'], /objects\.json: it is nested too deeply/],
    [
      'a severity that is none',
      ['p.json', '--min-severity', 'high'],
      /--min-severity high is not error, warning or info/,
    ],
    [
      'a format that is none',
      ['p.json', '--format', 'xml'],
      /--format xml is not text, json, sarif or github/,
    ],
    ['two formats', ['p.json', '--format', 'sarif', '--json'], /name two formats/],
    ['an option twice', ['p.json', '--format', 'text', '--format', 'json'], /--format is given 2 times/],
    ['an option that is none', ['p.json', '--fix'], /Unknown option '--fix'/],
  ])('2 for %s', (_, args, reason) => {
    write('p.json', SOUND)
    write('broken.json', '{')
    write('other.json', { name: 'x' })
    write('empty/other.json', { name: 'x' })
    write('deep.json', '['.repeat(100_000) + ']'.repeat(100_000))
    write('objects.json', `${'{"Statement":'.repeat(100_000)}1${'}'.repeat(100_000)}`)
    const started = Date.now()
    const { status, stderr } = lint(args)
    expect(status).toBe(2)
    expect(stderr).toMatch(reason)
    expect(stderr.match(/\.json: /g)?.length ?? 0).toBeLessThan(2)
    expect(Date.now() - started).toBeLessThan(2_000)
  })

  test('2 for a broken policy in a folder, not for another broken file', () => {
    write('iam/a.json', SOUND)
    write('iam/tsconfig.json', '{ // comment\n}')
    expect(lint(['iam']).status).toBe(0)
    write('iam/b.json', `${JSON.stringify(policyFor())},`)
    expect(lint(['iam'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^iam\/b\.json: it is not JSON/),
    })
  })

  test('2 for odd UTF-16, a link to itself and an endless path, and checks the rest', () => {
    write('odd.json', Buffer.from([0xfe, 0xff, 0x00, 0x7b, 0x00]))
    write('p.json', policyFor())
    symlinkSync('loop.json', join(folder, 'loop.json'))
    const { status, stdout, stderr } = lint([
      'odd.json',
      'loop.json',
      'x'.repeat(5_000),
      'none.json',
      'p.json',
    ])
    expect([status, stdout]).toEqual([2, expect.stringContaining('whole-owner')])
    expect(stderr.trim().split('\n')).toHaveLength(4)
  })

  test('2 beside findings, and prints both', () => {
    write('p.json', policyFor())
    write('broken.json', '{')
    const { status, stdout, stderr } = lint(['p.json', 'broken.json'])
    expect([status, stdout, stderr]).toEqual([
      2,
      expect.stringContaining('whole-owner'),
      expect.stringContaining('broken.json'),
    ])
  })

  test('1 for a policy of 10 MB, within seconds', () => {
    write('p.json', policyFor('x'.repeat(10_000_000)))
    const { status, stdout } = lint(['p.json'])
    expect([status, stdout]).toEqual([1, expect.stringContaining('it is longer than 100000 characters')])
  })
})

describe('lint writes', () => {
  const HOSTILE = 'repo:octo-org/*\n::error::x\u001b[31m%,'

  test('the rule, the place, the role and the fix as text, without colors in a pipe', () => {
    write('p.json', { RoleName: 'deploy', AssumeRolePolicyDocument: policyFor() })
    expect(lint(['p.json']).stdout).toBe(
      `p.json:17:56: warning whole-owner: statement 1 allows the subject repo:octo-org/* (deploy)
  Name the repositories, or add a condition on repository_id.
1 finding in 1 trust policy of 1 file
`,
    )
  })

  test('annotations for GitHub that nothing in a policy can break out of', () => {
    write('a,b.json', policyFor(HOSTILE))
    const lines = lint(['a,b.json', '--format', 'github']).stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^::warning file=a%2Cb\.json,line=\d+,col=\d+,title=whole-owner::/)
    expect(lines[0]).toContain('%25,')
    expect(lines[0]).not.toContain('\u001b')
  })

  test('text in which no file name is a command', () => {
    for (const name of ['::stop-commands::x.json', '##[group]x.json']) write(name, policyFor())
    expect(lint(['.']).stdout).not.toMatch(/^::|##\[/m)
  })

  test('text in which nothing in a policy starts a line', () => {
    write('p.json', policyFor(HOSTILE))
    expect(lint(['p.json']).stdout).not.toMatch(/^::|\u001b/m)
  })

  test('the documented JSON', () => {
    write('p.json', policyFor())
    const result = resultOf('p.json')
    expect(Object.keys(result)).toEqual(['files', 'policies', 'findings', 'pending', 'problems'])
    expect(result.findings).toEqual([
      {
        file: 'p.json',
        line: 15,
        column: 54,
        role: null,
        rule: 'whole-owner',
        severity: 'warning',
        message: 'statement 1 allows the subject repo:octo-org/*',
        path: ['Statement', 0, 'Condition', 'StringLike', `${KEY}:sub`, 0],
        fix: 'Name the repositories, or add a condition on repository_id.',
        preventsSaving: false,
      },
    ])
  })

  test('SARIF with paths from the working directory, and levels', () => {
    write('iam/a b#.json', policyFor())
    write('other/a b#.json', policyFor())
    const log = JSON.parse(lint(['iam', join(folder, 'other/a b#.json'), '--format', 'sarif']).stdout)
    const [run] = log.runs
    const uris = run.results.map(
      (result: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }) =>
        result.locations[0]?.physicalLocation.artifactLocation.uri,
    )
    expect([log.version, uris]).toEqual(['2.1.0', ['iam/a%20b%23.json', 'other/a%20b%23.json']])
    expect(run.results[0]).toMatchObject({ ruleId: 'whole-owner', level: 'warning' })
    expect(run.tool.driver.rules[run.results[0].ruleIndex].id).toBe('whole-owner')
  })
})
