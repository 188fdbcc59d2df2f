"""`python -m scanner` is the same as `scanner`."""

import sys

if not sys.flags.safe_path:
    # Python looks for modules where it was started first, and that may be the repository to be scanned.
    del sys.path[0]

from scanner.cli import main

main()
