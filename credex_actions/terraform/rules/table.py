"""All rules, by type of resource."""

from collections.abc import Mapping
from typing import Final

from credex_actions.terraform.rules.databases import DATABASES
from credex_actions.terraform.rules.keys_and_records import KEYS_AND_RECORDS
from credex_actions.terraform.rules.rule import Rule
from credex_actions.terraform.rules.storage import STORAGE

RULES: Final[Mapping[str, Rule]] = {**STORAGE, **DATABASES, **KEYS_AND_RECORDS}
