# An IAM role that the GitHub Actions jobs of one repository, in one environment or on one branch or tag, can assume with
# their OIDC token. Its only permissions are those of the policies you name. ../cloudformation.yml creates the same.

terraform {
  required_version = ">= 1.9" # OpenTofu 1.9 too

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  issuer       = "token.actions.githubusercontent.com"
  audience     = data.aws_partition.current.partition == "aws-cn" ? "sts.amazonaws.com.cn" : "sts.amazonaws.com"
  provider_arn = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/${local.issuer}"
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.create_provider ? 1 : 0
  url            = "https://${local.issuer}"
  client_id_list = [local.audience]

  # Other roles of the account may trust it too.
  lifecycle {
    prevent_destroy = true
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = [local.audience]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = [local.subject]
    }
  }
}

resource "aws_iam_role" "github" {
  name                 = var.role_name
  description          = "GitHub Actions of ${var.repository_owner}/${var.repository_name}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = var.max_session_duration
  permissions_boundary = var.permissions_boundary_arn == "" ? null : var.permissions_boundary_arn

  tags = {
    CreatedBy        = "aws-role-gate"
    GitHubRepository = "${var.repository_owner}/${var.repository_name}"
  }

  depends_on = [aws_iam_openid_connect_provider.github]

  lifecycle {
    precondition {
      condition     = (var.repository_owner_id == "") == (var.repository_id == "")
      error_message = "repository_owner_id and repository_id go together. Set both or neither."
    }
    precondition {
      condition     = (var.environment == "") != (var.ref == "")
      error_message = "Set either environment or ref."
    }
  }
}

resource "aws_iam_role_policy_attachment" "github" {
  for_each   = toset(var.managed_policy_arns)
  role       = aws_iam_role.github.name
  policy_arn = each.value
}
