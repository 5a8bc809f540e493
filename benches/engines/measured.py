"""One process at a time, with what the operating system says it took."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


class Failed(Exception):
    pass


def command(words, log, cpus, allowed=(0,)):
    """Runs a command on these processors; wall and CPU seconds, peak memory in MB."""
    begun = time.monotonic()
    with open(log, "wb") as out:
        bind = lambda: os.sched_setaffinity(0, cpus)
        child = subprocess.Popen([str(word) for word in words], stdout=out, stderr=out, preexec_fn=bind)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = code = os.waitstatus_to_exitcode(status)
    if code not in allowed:
        end = Path(log).read_text(errors="replace").strip().splitlines()[-3:]
        raise Failed(f"exit code {code}: " + " / ".join(end))
    return {
        "process_s": time.monotonic() - begun,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }


def script(name, job, work, cpus):
    """Runs a script of this folder on a job; what it wrote, and what it took."""
    asked, answered = work / "job.json", work / "result.json"
    asked.write_text(json.dumps(job))
    answered.unlink(missing_ok=True)
    used = command([sys.executable, HERE / name, asked, answered], work / "log.txt", cpus)
    return json.loads(answered.read_text()) | used
