"""Sets the program up and opens it: ``python3 packaging/bootstrap.py [test | tour --to DIR]``.

Only the standard library is used. This file holds nothing that an old Python cannot read, so that one can say
what is wrong; the work is done in ``setup_steps.py``.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the whole point of this file
    sys.exit(
        "Python 3.11 or newer is needed, and this is Python {}.{}: install a newer one from "
        "https://www.python.org and start this file with it (python3.11 packaging/bootstrap.py).".format(
            *sys.version_info[:2]
        )
    )

from setup_steps import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
