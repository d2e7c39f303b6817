"""Real Neo4j Community servers, by Maven."""

from credex_actions.sandbox.neo4j.distribution import NoDistributionError as NoDistributionError
from credex_actions.sandbox.neo4j.server import Neo4jServer as Neo4jServer
from credex_actions.sandbox.neo4j.server import NotStartedError as NotStartedError
from credex_actions.sandbox.neo4j.toolchain import MissingToolError as MissingToolError
