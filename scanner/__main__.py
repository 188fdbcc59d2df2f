"""Where the command starts; `python -m scanner` is the same as `scanner`."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # Python looks for modules where it was started first, and that may be the repository to be scanned.
    del sys.path[0]

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line. Ctrl-C before that is up ends the process as the system does, without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from scanner.cli import main as run

    run()


if __name__ == "__main__":
    main()
