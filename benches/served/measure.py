"""Runs a command; prints its exit code, wall seconds, CPU seconds (user and system) and peak memory in MB."""

import os
import subprocess
import sys
import time

begun = time.monotonic()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
wall = time.monotonic() - begun
print(os.waitstatus_to_exitcode(status), f"{wall:.2f}", f"{used.ru_utime + used.ru_stime:.2f}", f"{used.ru_maxrss / 1024:.0f}")
