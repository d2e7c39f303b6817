"""One AMI from its recipe to its proof, and the removal of what helped to build it: the effects at the edge of steps.py."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from credex_actions.aws.run_command import Ended, succeeded
from credex_actions.aws.run_command import run as run_command
from credex_actions.aws.scratch.holding import Leases, removed
from credex_actions.aws.scratch.instance import AGENT_WITHIN, terminate
from credex_actions.aws.scratch.machine import Machine
from credex_actions.aws.scratch.steps import Terminate, may_show
from credex_actions.aws.script import Script
from credex_actions.core.durations import duration
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Operation, Refuse, Run, Step, drive, plan
from credex_actions.core.text import one_line
from credex_actions.rollout.context import Context
from credex_actions.rollout.image import boot_test
from credex_actions.rollout.image.amis import Amis, deregister
from credex_actions.rollout.image.image_builder.service import ImageBuilder
from credex_actions.rollout.image.image_builder.steps import Pieces, PieceStep, StartBuild, TakeOver
from credex_actions.rollout.image.machines import Machines
from credex_actions.rollout.image.recipe import MISMATCH, Recipe
from credex_actions.rollout.image.steps import (
    BUILDER,
    TESTER,
    BootTest,
    BuildStep,
    CreateImage,
    Deprecate,
    Deregister,
    Image,
    Install,
    Launch,
    Mark,
    Protect,
    Seen,
    Stop,
    Want,
    after,
    decide,
    remove,
)

INSTALLS_WITHIN: Final = 1800.0


@dataclass(kw_only=True)
class Building:
    """`base`: DescribeImages' record of the AMI to begin with. `image_builder`: None if a builder of ours makes the AMI. `left`: what may be left after a failure, in words."""

    context: Context
    recipe: Recipe
    base: Mapping[str, Any]
    amis: Amis
    machines: Machines
    want: Want
    run: Run
    image_builder: ImageBuilder | None = None
    image: Image | None = None
    own: dict[str, Machine] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    installed: bool = False
    tested: str | None = None
    launches: dict[str, datetime] = field(default_factory=dict)
    left: str = ""
    leases: Leases = field(init=False)
    removing: bool = False

    def __post_init__(self) -> None:
        self.leases = Leases(self.context.clients, self.run.clock)

    def build(self) -> Done:
        """Raises Failure and Cancelled, and AWS's own errors. Whatever happens, what helped is removed; else `left` names it."""
        with self.image_builder or nullcontext():
            try:
                with self.leases:
                    return drive(self._operation, self.run)
            finally:
                self._remove()

    @property
    def made(self) -> bool:
        """Whether this run made the AMI, or saw to it that what another run had begun became one."""
        return any(isinstance(step, CreateImage | StartBuild | TakeOver) for step in self.run.sent)

    @property
    def _operation(self) -> Operation[Seen, BuildStep]:
        return Operation(self.observe, partial(decide, self.want), self.act, partial(after, self.want.run))

    def plan(self) -> list[str]:
        """What `build` would do, and what would remove its instances."""
        seen = self.observe()
        moves = list(plan(self._operation, seen))
        for move in moves:
            seen = self._operation.after(seen, move) if not isinstance(move, Done | Refuse) else seen
        removal = plan(replace(self._operation, decide=remove), seen)
        return [str(move) for move in (*moves, *removal) if isinstance(move, Step)]

    def _remove(self) -> None:
        touched = self.image_builder is not None and self.image_builder.touched
        if not self.launches and self.tested is None and self.image is None and not touched:
            return
        self.removing = True
        removal = replace(self._operation, decide=remove)
        what = "what Image Builder has of the recipe, and instances," if self.image_builder else "instances"
        self.left = removed(lambda: drive(removal, self.run), self.run.clock, what, self.want.run)
        if self.image and not self.image.proven and not self.left:
            self.left = f"AMI {self.image.id} is not tested yet: the same command continues with it, --mode sweep removes it"

    def observe(self) -> Seen:
        found = self.amis.look()
        self.image = found[0] if found else None
        if found:
            self.roots[found[0].id] = found[1].get("RootDeviceName", "/dev/xvda")
        own, rivals = self.machines.look()
        self.own |= own
        self.own = {role: own.get(role, replace(former, state="terminated")) for role, former in self.own.items()}
        self._hold([each.instance for each in own.values()] + ([found[0].id] if self._ours(found) and found else []))
        now = self.run.clock.now()
        return Seen(
            now=now,
            image=self.image,
            builder=self.own.get(BUILDER),
            tester=self.own.get(TESTER),
            installed=self.installed,
            tested=self.tested,
            rivals=rivals,
            launching=any(role not in self.own and may_show(asked, now) for role, asked in self.launches.items()),
            pieces=self._pieces(),
        )

    def _pieces(self) -> Pieces | None:
        """Nothing is asked of Image Builder for an AMI that is proven."""
        if self.image_builder is None or (self.image and self.image.proven and not self.removing):
            return None
        return self.image_builder.look(briefly=self.image is not None and not self.removing)

    def _ours(self, found: tuple[Image, Mapping[str, Any]] | None) -> bool:
        """One that we created, or took over from a run that is over; it is ours until it has passed its test."""
        return found is not None and not found[0].proven and bool(self.run.sent)

    def _hold(self, resources: list[str]) -> None:
        if not self.removing:
            self.leases.hold(resources)

    def act(self, step: BuildStep) -> None:
        match step:
            case Launch():
                self.launches.setdefault(step.role, self.run.clock.now())
                root = self.base["RootDeviceName"] if step.role == BUILDER else self.roots[step.image]
                self.machines.launch(step.role, step.image, root, self.want.name)
            case Install():
                self._install(step.instance)
            case Stop():
                self.machines.stop(step.instance)
            case CreateImage():
                self.amis.create(step.instance)
            case BootTest():
                self.tested = self._test(step.instance)
            case Mark():
                self.amis.mark(step.image)
            case Deprecate():
                self.amis.deprecate(step.image, duration(self.context.asked.image.deprecate_after))
            case Protect():
                self.amis.protect(step.image)
            case Deregister():
                deregister(self.context, step.image)
            case Terminate():
                terminate(self.context.clients, step.instance)
            case _:
                self._act_in_image_builder(step)

    def _act_in_image_builder(self, step: PieceStep) -> None:
        assert self.image_builder, "only what Image Builder has leads to such a step"
        self.image_builder.act(step)

    def _install(self, instance: str) -> None:
        ended = self._command(instance, self.recipe.script(), INSTALLS_WITHIN, f"install Neo4j {self.recipe.version}")
        if ended.code == MISMATCH:
            what = f"mismatch: a package is not the one that the package index vouches for: {last_line(ended)}"
            raise Failure(Exit.FAILED, Fault(what, "Nothing of it was installed. Find out who changed it before this is run again."))
        succeeded(ended, f"installing Neo4j {self.recipe.version}")
        self.installed = True

    def _test(self, instance: str) -> str:
        """Why the AMI cannot be used, in words; "" if it can."""
        ended = self._command(instance, boot_test.script(self.recipe.files[-1].name), boot_test.WITHIN + 60, "boot test")
        if ended.code:
            return f"Neo4j does not respond on an instance of it: {last_line(ended)}"
        version = ended.output.strip()
        return "" if version == self.recipe.version else f"it has Neo4j {one_line(version, 40)}, not {self.recipe.version}"

    def _command(self, instance: str, text: str, within: float, what: str) -> Ended:
        script = Script(text, self.context.runner.redact)
        return run_command(self.context.clients, self.run.clock, instance, script, within=within, comment=what, online_within=AGENT_WITHIN)


def last_line(ended: Ended) -> str:
    lines = [line.strip() for line in (ended.error or ended.output).splitlines() if line.strip() and "failed to run commands" not in line]
    return one_line(lines[-1], 300) if lines else f"code {ended.code}"
