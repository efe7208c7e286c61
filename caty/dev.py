#!/usr/bin/env python3
"""Everything a developer starts: `python3 caty/dev.py run | test | manage | lint | bench | chaos | rehearse | clean`.

Run by path with any Python 3.11 or newer and the standard library only: it makes the virtual environment it needs.
The Makefile has one target per command.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "[dev] Python 3.11 or newer is needed, this is %s. Try: make run PYTHON=python3.12" % sys.version.split()[0]
    )

# Python has put this file's folder on the path, so the tools are found without importing the package `caty`
# itself, which needs what is not installed yet.
from devtools.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
