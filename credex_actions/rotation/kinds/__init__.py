"""The kinds of credentials: how each comes into being, is tried, and ends. Adding one is a module here, a struct in the manifest, and a line in the table."""

from credex_actions.rotation.kinds.opening import open_source as open_source
