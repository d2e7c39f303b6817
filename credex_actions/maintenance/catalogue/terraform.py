"""The checks of Terraform."""

from typing import Final

from credex_actions.maintenance.catalogue.check import Check, Setting

CHECKS: Final = (
    Check(
        "terraform-behind",
        "terraform",
        "low",
        "Terraform that is behind",
        "required_version, .terraform-version or a workflow's setup-terraform does not allow the newest release of Terraform or OpenTofu",
        {"minors": Setting(2, "minor releases behind the newest from which on it is found", 1)},
    ),
    Check(
        "provider-behind",
        "terraform",
        "low",
        "Providers that are behind",
        "a provider whose locked version (.terraform.lock.hcl), or whose constraint without a lock file, is behind the newest that the registry has",
        {
            "majors": Setting(1, "major versions behind from which on it is found", 1),
            "minors": Setting(5, "minor versions behind, of the same major version, from which on it is found", 1),
        },
    ),
    Check(
        "module-behind",
        "terraform",
        "low",
        "Modules that are behind",
        "a module of a registry whose constraint does not allow the newest version, or that has no constraint; or one of git that follows a branch",
        {
            "majors": Setting(1, "major versions behind from which on it is found", 1),
            "minors": Setting(5, "minor versions behind, of the same major version, from which on it is found", 1),
        },
    ),
    Check(
        "terraform-drift",
        "terraform",
        "high",
        "Infrastructure that differs from its code",
        "a plan (read-only, without a lock, judged by guard-terraform-plan) shows that resources were changed or removed outside of Terraform, or that code is not applied",
    ),
    Check(
        "terraform-format",
        "terraform",
        "low",
        "Terraform that is not formatted or not valid",
        "a file that terraform fmt would change, or an error of terraform validate, which gets none of the job's credentials",
    ),
    Check(
        "terraform-risk",
        "terraform",
        "medium",
        "Risks in Terraform",
        "a failed check of checkov, where it is installed; its comments that skip one are honoured",
    ),
)
