"""Neo4j databases: what identifies one, what is in it, and how they are configured. As a library: fingerprints, and the configuration.

What `__all__` names is public: it follows semantic versioning. It is imported when it is first asked for.
"""

TYPE_CHECKING = False  # as in `typing`, whose import costs 3 ms
if TYPE_CHECKING:
    from credex_actions.neo4j.public import Configuration as Configuration
    from credex_actions.neo4j.public import Difference as Difference
    from credex_actions.neo4j.public import Fingerprint as Fingerprint
    from credex_actions.neo4j.public import compare_fingerprints as compare_fingerprints
    from credex_actions.neo4j.public import read_configuration as read_configuration
    from credex_actions.neo4j.public import take_fingerprint as take_fingerprint

__all__ = ["Configuration", "Difference", "Fingerprint", "compare_fingerprints", "read_configuration", "take_fingerprint"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from credex_actions.neo4j import public

    return getattr(public, name)
