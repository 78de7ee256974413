# The sub of GitHub's token, in the immutable form if the IDs are given.
locals {
  owner      = var.repository_owner_id == "" ? var.repository_owner : "${var.repository_owner}@${var.repository_owner_id}"
  repository = var.repository_id == "" ? var.repository_name : "${var.repository_name}@${var.repository_id}"
  origin     = var.environment == "" ? "ref:${var.ref}" : "environment:${var.environment}"
  subject    = "repo:${local.owner}/${local.repository}:${local.origin}"
}
