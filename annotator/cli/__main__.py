"""``python -m annotator.cli``."""

import sys

from . import main

sys.exit(main())
