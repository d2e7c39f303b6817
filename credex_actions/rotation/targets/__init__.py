"""Where values are written. Adding a target is a module here, a struct in the manifest, and a line in `opening`."""

from credex_actions.rotation.targets.opening import open_places as open_places
