# SPDX-License-Identifier: Apache-2.0
"""A machine's folder of its own, for sockets and what it starts from: gone once the script has ended, also by a signal."""
import atexit
import shutil
import signal
import sys
import tempfile


def make_scratch():
    """Before there is a folder: from then on a signal ends the script as any other end does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    folder = tempfile.mkdtemp(prefix="bulkhead-", dir="/tmp")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
