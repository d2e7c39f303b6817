"""Whether what was restored is what was backed up: pure."""

from dataclasses import dataclass

from credex_actions.backup.archive import Backup
from credex_actions.neo4j.difference import Later, Same, SameContent, difference_by_tag
from credex_actions.neo4j.fingerprint import Fingerprint, tag_of


@dataclass(frozen=True)
class Comparison:
    """`same`: whether it is the database of the backup, with all that it has to hold. `sentence`: what it is, seen from the backup's fingerprint."""

    same: bool
    sentence: str
    notes: tuple[str, ...] = ()


def compare(backup: Backup, restored: Fingerprint) -> Comparison:
    """A backup of a database that is written to holds more than its fingerprint, which was taken just before; `up_to` bounds how much more."""
    assert backup.fingerprint
    verdict = difference_by_tag(backup.fingerprint, tag_of(restored))
    notes = [f"the restored database's fingerprint has no {each.part}: {each.why}" for each in restored.not_read if each.part != "exact"]
    match verdict:
        case Later(None):
            return Comparison(same=False, sentence=f"{verdict}: it cannot be told whether all of it is there", notes=tuple(notes))
        case Later(passed):
            return _later(backup, restored, passed or 0, str(verdict), notes)
        case Same() if backup.fingerprint.basis == "counts" and None in (backup.fingerprint.transaction, restored.identity.transaction):
            return Comparison(same=False, sentence="same counts, but neither transactions nor content can be compared", notes=tuple(notes))
        case Same() | SameContent():
            if backup.fingerprint.basis != "exact":
                notes.append(f"compared by {'a sample' if backup.fingerprint.basis == 'sample' else 'counts'}, not node by node")
            return Comparison(same=True, sentence=str(verdict), notes=tuple(notes))
        case _:
            return Comparison(same=False, sentence=str(verdict), notes=tuple(notes))


def _later(backup: Backup, restored: Fingerprint, passed: int, sentence: str, notes: list[str]) -> Comparison:
    if backup.up_to is None:
        notes.append("how much later it may be is not known: the backup has no note of its last transaction")
        return Comparison(same=True, sentence=sentence, notes=tuple(notes))
    if (restored.identity.transaction or 0) > backup.up_to:
        notes.append(f"the backup can hold transactions up to {backup.up_to:,} only: someone wrote to the restored copy")
        return Comparison(same=False, sentence=sentence, notes=tuple(notes))
    notes.append(f"the {passed:,} committed between the fingerprint and the backup are in it")
    return Comparison(same=True, sentence=sentence, notes=tuple(notes))
