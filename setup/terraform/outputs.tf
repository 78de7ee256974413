output "role_arn" {
  description = "For the input role-to-assume."
  value       = aws_iam_role.github.arn
}

output "account_id" {
  description = "For the input allowed-account-ids."
  value       = data.aws_caller_identity.current.account_id
}

output "provider_arn" {
  description = "The OIDC provider that the role trusts."
  value       = local.provider_arn
}

output "subject" {
  description = "The only subject that can assume the role. Compare it with the output token-subject of a job."
  value       = local.subject
}
