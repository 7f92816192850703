# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a Chrome trace is one that viewers draw whole: it fits the schema beside this file, every player is a process
with a name, and every arrow has both ends, each within a slice of its track, and does not go back in time.

    python3 chrome_trace_check.py FILE --players server0,server1,... [--venv DIR]

Without the package jsonschema it is installed into the virtual environment DIR; where that cannot be done the status
is 77, after all other checks.
"""

import argparse
import collections
import json
import os
import sys

sys.dont_write_bytecode = True  # nothing in the checkout
import packages  # noqa: E402

ROUNDING = 1.0  # microseconds: times since 1970 as floating point numbers


def demand(holds, what):
    if not holds:
        sys.exit(f"chrome_trace_check: {what}")


def check_arrows(events):
    slices = collections.defaultdict(list)
    ends = {"s": {}, "f": {}}
    for e in events:
        if e["ph"] == "X":
            slices[e["pid"], e["tid"]].append((e["ts"], e["ts"] + e["dur"]))
        elif e["ph"] in ends:
            demand(e["id"] not in ends[e["ph"]], f"two arrows are called {e['id']}")
            ends[e["ph"]][e["id"]] = e
    for one, other, word in (("s", "f", "end"), ("f", "s", "begin")):
        alone = ends[one].keys() - ends[other].keys()
        demand(not alone, f"{len(alone)} arrows do not {word} anywhere, such as {next(iter(alone), None)}")
    for name, begin in ends["s"].items():
        end = ends["f"][name]
        demand(begin["pid"] != end["pid"], f"{name} goes to its own player")
        demand(begin["ts"] <= end["ts"] + ROUNDING, f"{name} goes back in time")
        for e in (begin, end):
            within = any(a - ROUNDING <= e["ts"] <= b + ROUNDING for a, b in slices[e["pid"], e["tid"]])
            demand(within, f"an end of {name} is in no slice")
    demand(ends["s"], "there is no arrow")
    return len(ends["s"])


def main():
    words = argparse.ArgumentParser()
    words.add_argument("file")
    words.add_argument("--players", required=True)
    words.add_argument("--venv")
    said = words.parse_args()
    with open(said.file, encoding="utf-8") as file:
        trace = json.load(file)
    events = trace["traceEvents"]
    names = [e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "process_name"]
    demand(sorted(names) == sorted(said.players.split(",")), f"the players are {names}")
    arrows = check_arrows(events)

    packages.need(["jsonschema"], said.venv)
    import jsonschema
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "chrome_trace.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    wrong = next(jsonschema.Draft202012Validator(schema).iter_errors(trace), None)
    demand(wrong is None, wrong and f"{wrong.json_path}: {wrong.message[:300]}")
    print(f"{len(events)} events of {len(names)} players, {arrows} arrows: all as the schema says, and every arrow has both ends")


if __name__ == "__main__":
    main()
