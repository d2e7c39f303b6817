"""Access keys of IAM users as the rest of AWS knows them: what IAM changes shows everywhere only after a while, and not at once everywhere."""

from dataclasses import dataclass

from credex_actions.sandbox.aws.backends import backend


@dataclass
class Key:
    """`works`: what IAM says. `worked`: what the places say that have not heard of it. `since`, `takes`: when IAM changed it, in seconds since the
    epoch, and how many seconds that takes to show everywhere.
    """

    secret: str
    account: str
    user: str
    works: bool
    worked: bool
    since: float
    takes: float
    asked: int = 0

    def passes(self, now: float) -> bool:
        """Whether this call meets a place where the key works.

        For the first half of the time nobody has heard of the change; then every other call meets a place that has, the first one too.
        """
        if self.works == self.worked or now - self.since >= self.takes:
            return self.works
        if not self._known_somewhere(now):
            return self.worked
        self.asked += 1
        return self.works if self.asked % 2 else self.worked

    def change(self, works: bool, now: float, takes: float) -> None:
        if works != self.works:
            self.worked = self.works if self._known_somewhere(now) else self.worked
            self.works, self.since, self.takes, self.asked = works, now, takes, 0

    def _known_somewhere(self, now: float) -> bool:
        return now - self.since >= self.takes / 2


class Keyring:
    """`seconds`: how long what IAM changes from now on takes to show everywhere."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._keys: dict[str, Key] = {}

    def notice(self, account: str, now: float) -> None:
        """Reads what IAM has; called after whatever may have changed it."""
        there = {key.access_key_id: (user, key) for user in backend("iam", account, "").users.values() for key in user.access_keys}
        for identifier, (user, key) in there.items():
            active = key.status == "Active"
            known = self._keys.setdefault(identifier, Key(key.secret_access_key, account, user.name, active, False, now, self.seconds))
            known.user = user.name
            known.change(active, now, self.seconds)
        for identifier, known in self._keys.items():
            if known.account == account and identifier not in there:
                known.change(False, now, self.seconds)

    def find(self, identifier: str) -> Key | None:
        return self._keys.get(identifier)

    def forget(self, account: str) -> None:
        self._keys = {identifier: key for identifier, key in self._keys.items() if key.account != account}
