"""EC2 as the suite knows it: moto's, with instances that are machines and volumes that are folders."""

from moto.ec2 import urls

from credex_actions.sandbox.aws.ec2 import records
from credex_actions.sandbox.aws.ec2.user_data import UserData


class EC2(UserData):
    """moto makes one for each request."""


def install() -> None:
    """Moto looks its paths up when the first request of a service comes."""
    records.install()
    urls.url_paths = dict.fromkeys(urls.url_paths, EC2.dispatch)
