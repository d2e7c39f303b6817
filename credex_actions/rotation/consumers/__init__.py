"""Who uses a value, and since when. Adding one is a module here, a struct in the manifest, and a line in `opening`."""

from credex_actions.rotation.consumers.opening import open_consumer as open_consumer
