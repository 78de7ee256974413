"""Runs a command and writes, as JSON, what it has cost: measured.py FILE SECONDS COMMAND...

After SECONDS the command is killed. In Python, since Node does not tell what a child has used. And from a small
process: what the one that starts it holds counts as the command's own peak of memory, where it is higher.
"""

import json
import os
import signal
import sys
import time

# ru_maxrss is in bytes there, and in KiB elsewhere.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024

report, seconds, *command = sys.argv[1:]
signal.signal(signal.SIGINT, signal.SIG_DFL)
started = time.monotonic()
pid = os.posix_spawn(command[0], command, os.environ)
signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
signal.alarm(int(seconds))
_, status, usage = os.wait4(pid, 0)
ended = time.monotonic()
with open(report, "w") as file:
    json.dump(
        {
            "wallMs": (ended - started) * 1000,
            "cpuMs": (usage.ru_utime + usage.ru_stime) * 1000,
            "peakMemoryBytes": usage.ru_maxrss * RSS_UNIT,
        },
        file,
    )
sys.exit(os.waitstatus_to_exitcode(status))
