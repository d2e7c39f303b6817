import sys

from credex_actions.cli import main

sys.exit(main())
