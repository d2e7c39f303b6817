"""The checks of an AWS account: what costs without a use, what is open, what nobody watches."""

from credex_actions.maintenance.account.examining import examine

__all__ = ["examine"]
