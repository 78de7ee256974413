"""Reads files at each change until standard input ends, then prints what it saw as JSON.

file_watch.py FOLDER CONFIG...: the configuration files as botocore parses them, and all credentials.json in FOLDER.
"""

import glob
import json
import os
import sys
import threading

from botocore.configloader import raw_config_parse
from botocore.exceptions import ConfigNotFound

folder, *configs = sys.argv[1:]
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
reads = 0
torn = []
stamps = {}
profiles = {path: [0] for path in configs}


def stamp(path):
    try:
        status = os.stat(path)
        return (status.st_ino, status.st_size, status.st_mtime_ns)
    except FileNotFoundError:
        return None


def has_changed(path):
    before, stamps[path] = stamps.get(path), stamp(path)
    return stamps[path] != before


def read(path, parse):
    global reads
    try:
        result = parse(path)
        reads += 1
        return result
    except (FileNotFoundError, ConfigNotFound):
        return {}
    except Exception as error:
        torn.append(f"{path}: {error}")
        return None


def parse_json(path):
    with open(path) as file:
        return json.load(file)


while not ended.wait(0.005):
    for path in filter(has_changed, configs):
        sections = read(path, raw_config_parse)
        if sections is not None and len(sections) != profiles[path][-1]:
            profiles[path].append(len(sections))
    # Nobody reads them before the configuration names them: until then, the step is making them.
    if any(counts[-1] > 0 for counts in profiles.values()):
        for path in filter(has_changed, glob.glob(f"{folder}/aws-role-gate-*/*/credentials.json")):
            read(path, parse_json)
print(json.dumps({"reads": reads, "torn": torn, "profiles": list(profiles.values())}))
