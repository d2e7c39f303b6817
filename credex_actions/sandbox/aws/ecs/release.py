"""A deployment by CodeDeploy as its region remembers it."""

from dataclasses import dataclass, field

from credex_actions.sandbox.aws.ecs.records import Document


@dataclass
class Release:
    """One CodeDeploy deployment. `stage`: where it is; `age`: ticks in that stage; `shifted`: percent of the traffic on the replacement."""

    id: str
    application: str
    group: str
    cluster: str
    service: str
    revision: Document
    config: str
    created: float
    settings: Document  # the replacement task set's
    listeners: tuple[str, ...]  # the production listeners
    description: str = ""
    creator: str = "user"
    auto_rollback: Document = field(default_factory=dict)
    alarms: tuple[str, ...] = ()
    waits_for_approval: int = 0  # minutes; 0 shifts at once
    stops_unapproved: bool = False
    terminates_after: int = 0  # minutes
    status: str = "Created"
    stage: str = "created"
    age: int = 0
    shifted: float = 0
    approved: bool = False
    asked_to_stop: str = ""  # STOP, or ROLLBACK
    started: float | None = None
    completed: float | None = None
    original: str = ""  # id of the task set
    replacement: str = ""
    error: Document = field(default_factory=dict)
    rollback: str = ""  # id of the deployment that takes this one back
    triggered_by: str = ""  # id of the deployment that this one takes back
    events: list[Document] = field(default_factory=list)

    @property
    def ongoing(self) -> bool:
        return self.status in {"Created", "Queued", "InProgress", "Ready"}
