#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A model of FreeSWITCH's XML dialplan, for one call.

dialplan.py FILE.xml HOOK [B]: reads events from standard input, one per line,
with the time in microseconds since 1970, prints the applications that FreeSWITCH
runs on the recorded leg, and writes the command of api_hangup_hook to HOOK.

    1796017533000000 dial 200
    1796017537000000 bridge sofia/internal/1001@pbx cc_queue=Billing@default
    1796017543000000 press 7
    1796017547000000 transfer 5000
    1796017550000000 hangup

Also "conference" and "fifo": the call is in a conference, or an agent of mod_fifo
takes it.

What it does was seen in calls of a real FreeSWITCH, tests/real/freeswitch:
- A condition without a field matches every number, and execute_extension hunts
  through the whole context again, from its first extension on (call 200: each
  press ran the extension "record" once more).
- "set" replaces variables when it is run and once more when it sets; a backslash
  keeps a dollar for later (call 200, api_hangup_hook).
- A transfer hunts through the context again, and variables stay (example-leave).
- bridge_pre_execute_aleg_app is run on the leg at each bridge (example-leave).
- record_session of a file that is being recorded only logs a warning.
- In a conference no leg is bridged, and mod_fifo bridges from its agent's side: no
  bridge_pre_execute_aleg_app is run, but bridge_uepoch is set (example-conf,
  example-fifo).
- The inner end of a loopback hunts through the context, too, with loopback_leg B
  (example-loop).
"""
import re
import sys
import xml.dom.minidom


class Call:
    def __init__(self, path):
        self.extensions = xml.dom.minidom.parse(path).getElementsByTagName(
            "extension")
        self.variables = {"uuid": "5ff6-aa"}
        self.bound = {}
        self.now = 0

    def expand(self, text):
        """Replaces variables and calls of the API; values are not read again."""
        values = []

        def keep(value):
            values.append(value)
            return f"\0{len(values) - 1}\0"

        def variable(m):
            if m[1]:
                return keep(m[1])
            if m[2] == "strmicroepoch()":
                return keep(str(self.now))
            return keep(self.variables.get(m[2], ""))

        def regex(m):
            data = re.sub(r"\0(\d+)\0", lambda n: values[int(n[1])], m[1])
            found = re.search(m[2], data)
            return keep(re.sub(r"%(\d)", lambda n: found[int(n[1])], m[3])
                        if found else "")
        text = re.sub(r"\\([\\$])|\$\{(\w+(?:\(\))?)\}", variable, text)
        text = re.sub(r"\$\{regex\(([^|]*)\|(.*)\|(%1)\|n\)\}", regex, text)
        return re.sub(r"\0(\d+)\0", lambda n: values[int(n[1])], text)

    def hunt(self, number):
        actions = []
        for extension in self.extensions:
            matched = True
            for condition in extension.getElementsByTagName("condition"):
                field = condition.getAttribute("field")
                value = {"": "", "destination_number": number}.get(
                    field, self.expand(field))
                matched = not field or re.search(
                    condition.getAttribute("expression"), value)
                actions += condition.getElementsByTagName(
                    "action" if matched else "anti-action")
                if not matched:
                    break
            if matched and extension.getAttribute("continue") != "true":
                break
        for a in actions:
            self.run(a.getAttribute("application"), a.getAttribute("data"))

    def run(self, name, data):
        data = self.expand(data)
        if name == "set":
            key, _, value = data.partition("=")
            self.variables[key] = self.expand(value)
        elif name == "bind_meta_app":
            key, listens, runs, what = data.split(" ", 3)
            assert (listens, runs) == ("b", "a"), "told on another leg"
            self.bound[key] = what
        elif name == "execute_extension":
            self.hunt(data)
        else:
            print(name, data)

    def event(self, what, *words):
        if what in ("dial", "transfer"):
            self.hunt(words[0])
        elif what == "conference":
            self.variables["conference_member_id"] = "1"
        elif what == "fifo":
            self.bridged = self.now
        elif what == "press":
            self.run(*self.bound[words[0]].split("::"))
        elif what == "bridge":
            self.variables["bridge_channel"] = words[0]
            self.variables.update(w.split("=") for w in words[1:])
            self.bridged = self.now
            self.now += 210000  # as late as the real FreeSWITCH is
            self.run(self.variables["bridge_pre_execute_aleg_app"],
                     self.variables["bridge_pre_execute_aleg_data"])


def main():
    call = Call(sys.argv[1])
    call.variables["loopback_leg"] = sys.argv[3] if len(sys.argv) > 3 else ""
    start = None
    for line in sys.stdin:
        at, *words = line.split()
        call.now = int(at)
        start = start or call.now
        call.event(*words)
    call.variables.update(start_uepoch=str(start), end_uepoch=str(call.now),
                          bridge_uepoch=str(getattr(call, "bridged", 0)))
    call.variables["answer_uepoch"] = str(start + 20000)
    with open(sys.argv[2], "w") as f:
        hook = call.expand(call.variables.get("api_hangup_hook", ""))
        f.write(hook.removeprefix("system ") + "\n")


main()
