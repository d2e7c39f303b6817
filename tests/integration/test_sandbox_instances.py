"""An instance whose image carries Neo4j is a database; what EC2 does to instances and volumes happens to it."""

import base64
import time
from typing import TYPE_CHECKING, Any

import pytest
from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow
PASSWORD = "first-password"
DATABASE_WITHIN = 120


def told(*lines: str) -> str:
    return base64.b64encode("\n".join(("#!/bin/sh", *lines)).encode()).decode()


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


def test_an_instance_of_an_image_with_neo4j_is_a_database_that_the_first_password_opens(sandbox: "Sandbox") -> None:
    ec2: Any = sandbox.client("ec2")
    sandbox.client("ssm").put_parameter(Name="/db/first", Value=PASSWORD, Type="SecureString")
    image = sandbox.neo4j_image("5.26.16")
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, UserData="#!/bin/sh\nNEO4J_INITIAL_PASSWORD_PARAMETER=/db/first\n")
    (instance,) = ec2.describe_instances(InstanceIds=[made["Instances"][0]["InstanceId"]])["Reservations"][0]["Instances"]
    assert instance["PrivateIpAddress"].startswith("127.")
    with login(instance["PrivateIpAddress"]) as driver:
        (component,) = driver.execute_query("CALL dbms.components() YIELD versions RETURN versions").records
    assert component["versions"] == ["5.26.16"]
