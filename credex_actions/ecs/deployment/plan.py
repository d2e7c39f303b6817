"""What a deployment would do, in words, for a dry run: pure."""

import json
from collections.abc import Sequence

from credex_actions.ecs.arns import short
from credex_actions.ecs.deployment.request import Request
from credex_actions.ecs.deployment.situation import Situation, same


def revision_at_hand(asked: Request, situation: Situation) -> str:
    """The revision that need not be registered: the one that was named, or the live one where it means the same; else ""."""
    if asked.arn:
        return asked.arn
    live = situation.live
    return live.arn if asked.skip_unchanged and live and same(asked, live) else ""


def in_words(asked: Request, situation: Situation, why: Sequence[str]) -> list[str]:
    """One line a step; `why` holds the reasons to do anything at all."""
    service = situation.service
    if not why:
        follows = ", but the deployment in progress would be followed to its end" if situation.under_way and asked.wait else ""
        return [f"nothing: {short(situation.serving) or 'the newest revision'} does not differ{follows}"]
    reuse = revision_at_hand(asked, situation)
    lines = [f"use {short(reuse)}" if reuse else f"register a revision of {asked.family}"]
    lines += ["run a task of it"] if asked.run_task else []
    if service:
        by = "by CodeDeploy" if service.controller == "CODE_DEPLOY" else f"as a {service.strategy.lower().replace('_', '/')} deployment"
        lines.append(f"roll it out to {service.name} {by}{', and follow it' if asked.wait else ''}")
    if service and service.controller == "ECS" and asked.settings:
        lines.append(f"with {', '.join(f'{member} {json.dumps(value, default=str)}' for member, value in asked.settings.items())}")
    lines += [f"deregister all but {asked.keep} revisions once it serves"] if asked.keep else []
    return lines
