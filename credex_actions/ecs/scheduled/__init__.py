"""scheduled-tasks: EventBridge rules and schedules that run a family's tasks get its new revision once that has proved itself."""

from credex_actions.ecs.scheduled.moving import NAME, Scheduled, ScheduledCancelled

__all__ = ["NAME", "Scheduled", "ScheduledCancelled"]
