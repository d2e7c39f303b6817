"""One call of migrate: reads the files, reports everything that is wrong with them, shows the difference, and writes if that is wanted."""

import difflib
import os
import shutil
from collections.abc import Iterator, Sequence
from glob import glob
from typing import Any, Final, NamedTuple

from credex_actions.core.documents.document import parse, read_text
from credex_actions.core.faults import Exit, Failure, Fault, collected
from credex_actions.core.runner import Runner
from credex_actions.core.summary import Page
from credex_actions.declarations.migrate import Inputs
from credex_actions.github.migration.rewriting import Rewritten, rewritten

EVERYWHERE: Final = (".github/workflows/*.yml", ".github/workflows/*.yaml")
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
REF: Final = frozenset("@ \t\r\n#'\"{}\\:,[]&*!|>%`")
"""Characters that no ref has, or that would end the scalar that it is written into."""


class File(NamedTuple):
    path: str
    before: str
    after: Rewritten


def migrate(inputs: Inputs, runner: Runner) -> dict[str, Any]:
    faults = [*_faults_of_ref(inputs.ref)]
    paths = collected(faults, lambda: _paths(inputs.files)) or []
    named = {os.path.normpath(path) for path in inputs.files}
    read = [collected(faults, lambda path=path: _read(path, inputs.ref, named=path in named)) for path in paths]  # type: ignore[misc] # the default binds it
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    files = [file for file in read if file]
    changed = [file for file in files if file.before != file.after.text]
    diff = "".join(map(_diff, changed))
    _report(files, changed, diff, runner, written=inputs.write)
    if inputs.write:
        _write(changed)
    return {
        "changed": [file.path for file in changed],
        "steps": sum(file.after.steps for file in files),
        "remarks": [{"file": file.path, **remark._asdict()} for file in files for remark in file.after.remarks],
        "diff": diff,
    }


def _faults_of_ref(ref: str) -> Iterator[Fault]:
    if not ref or not ref.isprintable() or REF & set(ref) or ref.startswith("-"):
        yield Fault("is not the name of a tag, a branch or a commit", "Provide one such as v1.", "ref")


def _paths(patterns: Sequence[str]) -> list[str]:
    """Files as they are named, each once. Raises Failure(BAD_INPUT) for a glob, or the default, that finds nothing."""
    found: dict[str, None] = {}
    for pattern in patterns or EVERYWHERE:
        if any(mark in pattern for mark in "*?[") and not os.path.exists(pattern):
            matches = sorted(path for path in glob(pattern, recursive=True, include_hidden=True) if os.path.isfile(path))
            if not matches and patterns:
                raise Failure(Exit.BAD_INPUT, Fault("no file matches", f"Globs are relative to {os.getcwd()}.", "files", pattern))
            found |= dict.fromkeys(map(os.path.normpath, matches))
        else:
            found[os.path.normpath(pattern)] = None
    if not found:
        what = "there is no workflow in .github/workflows"
        raise Failure(Exit.BAD_INPUT, Fault(what, f"Run it in a checkout, or set files; this is {os.getcwd()}.", "files"))
    return list(found)


def _read(path: str, ref: str, *, named: bool) -> File | None:
    """`named`: asked for by its name, so that a file of another kind is an error. Raises Failure(BAD_INPUT)."""
    text = read_text(path, "files")
    parse(text, path if path.endswith((".yml", ".yaml")) else f"{path}.yml")
    after = rewritten(text, ref)
    if after.readable:
        return File(path, text, after)
    if named:
        what = "is neither a workflow (it has no jobs) nor an action (it has no runs)"
        raise Failure(Exit.BAD_INPUT, Fault(what, "Provide files from .github/workflows, or an action.yml.", "files", path))
    return None


def _diff(file: File) -> str:
    before, after = (text.splitlines(keepends=True) for text in (file.before, file.after.text))
    lines = difflib.unified_diff(before, after, f"a/{file.path}", f"b/{file.path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _report(files: Sequence[File], changed: Sequence[File], diff: str, runner: Runner, *, written: bool) -> None:
    steps = sum(file.after.steps for file in files)
    if diff:
        runner.result(diff.rstrip("\n"))
    for file in files:
        for remark in file.after.remarks:
            tell = runner.warning if remark.open else runner.notice
            tell(Fault(remark.what, remark.hint, "", file.path, remark.line, remark.column))
    if not steps:
        sentence = f"nothing to rewrite: no step of {_count(len(files), 'file')} uses an AWS action for ECS"
    else:
        sentence = f"{_count(steps, 'step')} in {_count(len(changed), 'file')} {'rewritten' if written else 'would be rewritten'}"
    runner.info(f"migrate: {sentence}.")
    if steps and not written:
        runner.info("Nothing was written: --write writes.")
    page = Page(runner.redact)
    page.verdict(good=True, sentence=f"migrate: {sentence}")
    page.points([f"{file.path}:{remark.line}: {remark.what}", remark.hint] for file in files for remark in file.after.remarks)
    if diff:
        page.code(diff, "diff")
    runner.summary(str(page))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _write(files: Sequence[File]) -> None:
    """Each file is replaced as a whole, so that an interruption leaves the old one or the new one."""
    for number, file in enumerate(files):
        target = os.path.realpath(file.path)
        unfinished = f"{target}.{os.getpid()}.unfinished"
        try:
            with open(target, "rb") as old:
                mark = BYTE_ORDER_MARK if old.read(3) == BYTE_ORDER_MARK else b""
            with open(unfinished, "xb") as new:
                new.write(mark + file.after.text.encode())
            shutil.copymode(target, unfinished)
            os.replace(unfinished, target)
        except OSError as error:
            left = f"{', '.join(each.path for each in files[:number])} rewritten, the others not" if number else "nothing was changed"
            fault = Fault(f"cannot be written: {error.strerror}", "Check who owns the file and its folder.", "files", file.path)
            raise Failure(Exit.FAILED, fault, left=left) from None
        finally:
            if os.path.exists(unfinished):
                os.remove(unfinished)
