"""Instances that are databases, as tests use them: launched, waited for, logged in to."""

import time
from typing import TYPE_CHECKING, Any

from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox
    from credex_actions.sandbox.aws.ec2.machine import Machine

PASSWORD = "first-password"
DATABASE_WITHIN = 120


def launch(sandbox: "Sandbox", version: str, *user_data: str, **given: Any) -> "Machine":
    ec2: Any = sandbox.client("ec2")
    image = sandbox.neo4j_image(version)
    told = "\n".join(("#!/bin/sh", "NEO4J_INITIAL_PASSWORD_PARAMETER=/db/first", *user_data))
    made = ec2.run_instances(**{"ImageId": image, "MinCount": 1, "MaxCount": 1, "UserData": told} | given)
    machine = sandbox.machine(made["Instances"][0]["InstanceId"])
    assert machine
    return machine


def wait(sandbox: "Sandbox", machine: "Machine", state: str) -> None:
    def reached() -> bool:
        described = sandbox.client("ec2").describe_instances(InstanceIds=[machine.instance_id])
        return bool(described["Reservations"][0]["Instances"][0]["State"]["Name"] == state)

    sandbox.until(reached, f"the instance is {state}", 60)


def accounts(address: str, *new: str) -> list[str]:
    with login(address) as driver:
        for each in new:
            driver.execute_query("CREATE (:Account {name: $name})", name=each)
        return [str(record["name"]) for record in driver.execute_query("MATCH (a:Account) RETURN a.name AS name ORDER BY name").records]


def login(address: str) -> Driver:
    """As soon as somebody answers there; a wrong password is refused at once."""
    end = time.monotonic() + DATABASE_WITHIN
    while True:
        driver = GraphDatabase.driver(f"bolt://{address}:7687", auth=("neo4j", PASSWORD))
        try:
            driver.verify_connectivity()
        except (DriverError, OSError) as error:
            driver.close()
            if time.monotonic() > end:
                raise TimeoutError(f"timed out: no database at {address}") from error
            time.sleep(0.2)
        except Neo4jError:
            driver.close()
            raise
        else:
            return driver
