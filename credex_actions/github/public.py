"""The public part of credex_actions.github: pure, without GitHub and without its libraries."""

from credex_actions.core.documents.document import parse
from credex_actions.github.migration.rewriting import Remark, Rewritten, rewritten

__all__ = ["Remark", "Rewritten", "migrate_workflow"]


def migrate_workflow(text: str, ref: str = "v1") -> Rewritten:
    """A workflow, or a composite action, that uses the AWS actions for ECS, rewritten to this suite; comments and layout stay.

    `ref`: tag, branch or commit of this suite. `Rewritten.text` is the new text, equal to `text` if nothing had to change; `remarks` have line and column, counted from 1.
    Raises Failure (exit code 2) for what is not valid YAML.
    """
    parse(text, "workflow.yml")
    return rewritten(text, ref)
