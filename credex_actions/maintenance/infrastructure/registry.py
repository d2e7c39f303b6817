"""Which versions of providers, modules and of Terraform there are: asked of the registries that the addresses themselves name.

Source: Terraform docs, "Remote Service Discovery", "Provider Registry Protocol", "Module Registry Protocol"; GitHub REST API, "List releases".
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urljoin

from credex_actions.maintenance.infrastructure.constraints import Version, read_version
from credex_actions.rollout.versions.fetching import NotFetchedError, fetch

GITHUB: Final = "https://api.github.com"
RELEASES: Final[Mapping[str, str]] = {"Terraform": "hashicorp/terraform", "OpenTofu": "opentofu/opentofu"}


class UnknownError(Exception):
    """Why a registry does not say it, in one line."""


@dataclass
class Registries:
    """`addresses`: by host, where to ask instead of at https://HOST: a mirror. Each answer is asked for once, and each host that fails is not asked again."""

    addresses: Mapping[str, str]
    github: str = GITHUB
    asked: int = 0
    _services: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _known: dict[str, frozenset[Version]] = field(default_factory=dict)
    _troubles: dict[str, str] = field(default_factory=dict)

    def provider(self, address: str) -> frozenset[Version]:
        """`address`: host/namespace/type. Raises UnknownError."""
        host, _, path = address.partition("/")
        return self._versions(host, "providers.v1", path, lambda document: [each["version"] for each in document["versions"]])

    def module(self, address: str) -> frozenset[Version]:
        host, _, path = address.partition("/")
        return self._versions(
            host, "modules.v1", path, lambda document: [each["version"] for module in document["modules"] for each in module["versions"]]
        )

    def releases(self, product: str) -> frozenset[Version]:
        """Of Terraform or OpenTofu, the last hundred."""
        url = f"{self.github.rstrip('/')}/repos/{RELEASES[product]}/releases?per_page=100"
        return self._of(
            url, "GitHub", lambda document: [each["tag_name"] for each in document if not each["prerelease"] and not each["draft"]]
        )

    def _versions(self, host: str, service: str, path: str, read: Callable[[Any], list[str]]) -> frozenset[Version]:
        base = self.addresses.get(host, f"https://{host}").rstrip("/") + "/"
        if host not in self._services:
            self._services[host] = self._document(urljoin(base, ".well-known/terraform.json"), host)
        declared = self._services[host].get(service)
        if not isinstance(declared, str):
            raise UnknownError(f"{host} offers no {service}")
        return self._of(urljoin(urljoin(base, declared.rstrip("/") + "/"), f"{quote(path)}/versions"), host, read)

    def _of(self, url: str, host: str, read: Callable[[Any], list[str]]) -> frozenset[Version]:
        if url not in self._known:
            try:
                self._known[url] = frozenset(filter(None, map(read_version, read(self._document(url, host)))))
            except (KeyError, TypeError, AttributeError):
                raise UnknownError(f"{host} answers something else than its protocol says") from None
        if not self._known[url]:
            raise UnknownError(f"{host} names no version")
        return self._known[url]

    def _document(self, url: str, host: str) -> Any:
        if host in self._troubles:
            raise UnknownError(self._troubles[host])
        self.asked += 1
        try:
            return json.loads(fetch(url))
        except NotFetchedError as error:
            why = f"{host} {error}"
            if "cannot be reached" in str(error):
                self._troubles[host] = why
            raise UnknownError(why) from None
        except ValueError:
            raise UnknownError(f"{host} answers something else than JSON") from None
