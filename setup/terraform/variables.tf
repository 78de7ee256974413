variable "repository_owner" {
  description = "Organization or user that owns the repository, spelled as on GitHub."
  type        = string
  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$", var.repository_owner))
    error_message = "must be the name of an organization or user, such as octo-org."
  }
}

variable "repository_name" {
  description = "Name of the repository without its owner, spelled as on GitHub."
  type        = string
  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,100}$", var.repository_name))
    error_message = "must be the name of a repository without its owner, such as payments."
  }
}

variable "repository_owner_id" {
  description = "Numeric ID of the owner, if the repository has immutable subjects: gh api repos/OWNER/NAME --jq .owner.id"
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^[0-9]{0,20}$", var.repository_owner_id))
    error_message = "must be digits, or blank for a repository with classic subjects."
  }
}

variable "repository_id" {
  description = "Numeric ID of the repository, if it has immutable subjects: gh api repos/OWNER/NAME --jq .id"
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^[0-9]{0,20}$", var.repository_id))
    error_message = "must be digits, or blank for a repository with classic subjects."
  }
}

variable "environment" {
  description = "The job's environment, spelled as in the workflow. Jobs in other environments, or in none, can't assume the role."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^[^*?$&:\"\\\\]{0,255}$", var.environment))
    error_message = "must be the name of an environment without any of *?$&:\"\\, or blank if ref is set."
  }
}

variable "ref" {
  description = "For jobs without an environment, the branch or tag, such as refs/heads/main."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^(refs/(heads|tags)/[^*?$&:\"\\\\ ]{1,240})?$", var.ref))
    error_message = "must begin with refs/heads/ or refs/tags/ and contain no spaces and none of *?$&:\"\\, or be blank if environment is set."
  }
}

variable "role_name" {
  description = "Name of the role."
  type        = string
  default     = "github-deploy"
  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.role_name))
    error_message = "must be 1 to 64 letters, digits and +=,.@_-."
  }
}

variable "managed_policy_arns" {
  description = "ARNs of the managed policies that give the role its permissions. Without any, the role has no permissions."
  type        = list(string)
  default     = []
}

variable "permissions_boundary_arn" {
  description = "ARN of the managed policy that limits what the role can ever do, or blank."
  type        = string
  default     = ""
}

variable "max_session_duration" {
  description = "Longest session that a job can request, in seconds: 3600 (one hour) to 43200 (twelve hours)."
  type        = number
  default     = 3600
  validation {
    condition     = var.max_session_duration >= 3600 && var.max_session_duration <= 43200
    error_message = "must be 3600 (one hour) to 43200 (twelve hours)."
  }
}

variable "create_provider" {
  description = "Whether to create GitHub's OIDC provider. An account has at most one: choose false if it already exists."
  type        = bool
  default     = true
}
