"""Reads Autobahn's report: every case must be OK (or informational), in behaviour and in the way it closes."""

import collections
import json
import sys

bad, count = [], 0
for folder in sys.argv[1:]:
    for agent, cases in json.load(open(folder + "/index.json")).items():
        count += len(cases)
        tally = collections.Counter(one["behavior"] for one in cases.values())
        print(f"  {folder.rsplit('/', 1)[-1]}: {len(cases)} cases, {dict(tally)}")
        for name, one in cases.items():
            if one["behavior"] not in ("OK", "INFORMATIONAL") or one["behaviorClose"] not in ("OK", "INFORMATIONAL"):
                bad.append(name)
                print(f"  FAIL  case {name}: {one['behavior']}, close {one['behaviorClose']} ({one['remoteCloseCode']})")
print(f"live autobahn: {count - len(bad)} passed, {len(bad)} failed")
sys.exit(1 if bad or not count else 0)
