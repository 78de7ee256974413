import type { PolicyPath } from './policy.ts'

export type Severity = 'error' | 'warning' | 'info'

export const SEVERITIES: readonly Severity[] = ['info', 'warning', 'error']

type Rule = {
  readonly severity: Severity
  /** In a sentence, as advice. */
  readonly fix: string
  /** IAM refuses to save such a policy. */
  readonly preventsSaving: boolean
}

function saved(severity: Severity, fix: string): Rule {
  return { severity, fix, preventsSaving: false }
}

function refused(fix: string): Rule {
  return { severity: 'error', fix, preventsSaving: true }
}

/** Every rule of the linter. docs/lint-rules.md has a section for each, with a bad and a good policy. */
export const RULES = {
  'invalid-policy': refused('Correct the policy. IAM would not save it.'),
  'duplicate-key': refused('Keep one of the two keys.'),
  'duplicate-sid': refused('Give each statement its own Sid, or none.'),
  'invalid-sid': refused('Use letters and digits only.'),
  'missing-principal': refused('Add a Principal.'),
  'not-principal': refused('Name the trusted principals in Principal.'),
  'unknown-principal-type': refused('Use AWS, Federated, Service or CanonicalUser.'),
  'provider-as-aws-principal': refused('Put the ARN of the OIDC provider under Federated.'),
  'unknown-action': refused('Use sts:AssumeRoleWithWebIdentity for tokens.'),
  'unknown-operator': refused('Use an operator from the IAM User Guide, such as StringEquals.'),
  'provider-with-scheme': saved('error', 'Remove https:// from the ARN.'),
  'github-without-sub': saved('error', 'Add a condition on sub. IAM refuses new policies without one.'),
  everyone: saved('error', 'Name the OIDC provider in Principal.'),
  'any-subject': saved('error', 'Name the subjects that may assume the role.'),
  'subject-without-repository': saved(
    'error',
    'Start the subject with repo:OWNER/NAME. Any repository can choose a subject without it.',
  ),
  'whole-owner': saved('warning', 'Name the repositories, or add a condition on repository_id.'),
  'any-event': saved(
    'warning',
    'Name the branch or the environment. Pull requests run code that nobody has reviewed.',
  ),
  'pull-request': saved('warning', 'Give the role read access only, or name the branch or the environment.'),
  'any-ref': saved('warning', 'Name the branch, the tag or the environment.'),
  'open-ended': saved('warning', 'Write the full name, or end the pattern at a separator.'),
  'optional-condition': saved('warning', 'Remove IfExists, so a token without the claim is refused.'),
  'holds-without-claim': saved('warning', 'Use ForAnyValue, or StringEquals for a claim with one value.'),
  'wildcard-as-text': saved('warning', 'Use StringLike, or write the value without a wildcard.'),
  'unknown-key': saved('warning', 'Remove the condition, or test the claim with required-claims.'),
  'no-audience': saved('warning', 'Add StringEquals on aud, usually sts.amazonaws.com.'),
  'single-run': saved('warning', 'Replace the step UUID with a wildcard: {REPOSITORY}:{ENVIRONMENT}:*.'),
  'no-subject': saved('info', 'Add a condition on sub, to name the runs that may assume the role.'),
  'any-user': saved(
    'info',
    'Name the user too, unless everyone who can start the project may assume the role.',
  ),
  'names-without-ids': saved(
    'info',
    'Use the immutable subject or add a condition on an ID: names can be reused by someone else.',
  ),
} as const satisfies Readonly<Record<string, Rule>>

export type RuleId = keyof typeof RULES

/** What a rule says of a policy. */
export type Remark = { readonly rule: RuleId; readonly message: string; readonly path: PolicyPath }
