#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""An oracle for recpolicy, written from rec-policy(5) and not from policy.c.

Every combination of the settings that bear on a decision (256 policies, each
with queues for all sixteen combinations of the keys of a class) meets calls of
all ten types with random events. The oracle has no state machine: it asks for
each second of a call, by itself, what the log says up to then. Usage:
oracle.py DIRECTORY; recpolicy comes from PATH. Prints TAP.
"""
import itertools
import json
import os
import random
import subprocess
import sys

TYPES = {"inbound": ["queue", "direct", "enduser-to-agent"],
         "callback": ["overcapacity-callback", "scheduled-callback"],
         "outbound": ["dialpad", "click-to-call", "voicemail-callback",
                      "hangup-callback", "third-party-add"]}
CLASS = {t: c for c, ts in TYPES.items() for t in ts}
GLOBAL = ["enabled", "separation", "redaction_style", "third", "emergency",
          "customer", "allow_agent", "allow_customer"]
KEYS = ["record", "redaction", "play_message", "ask_permission"]
LAST = 40
EVENTS = ["announced", "announcing", "consent granted", "consent granted",
          "consent declined", "consent none", "pause", "pause", "resume",
          "payment-start", "payment-end", "answer", "transfer", "transfer",
          "transfer", "join third-party 1", "join emergency 911",
          "leave agent", "leave customer", "leave third-party",
          "leave emergency"]
random.seed(20261122)


def yes(value):
    return "yes" if value else "no"


def queue_keys(number):
    return {k: bool(number >> i & 1) for i, k in enumerate(KEYS)}


def write_policy(path, g):
    lines = ["[recording]", "enabled = " + yes(g["enabled"]),
             "separation = " + ("per-segment" if g["separation"] else "none"),
             "redaction_style = " + ("tone" if g["redaction_style"] else "cut"),
             "continue_with_third_party = " + yes(g["third"]),
             "continue_with_emergency = " + yes(g["emergency"]),
             "continue_after_customer_leaves = " + yes(g["customer"]),
             "[leaving]", "allow_agent_to_leave = " + yes(g["allow_agent"]),
             "allow_customer_to_leave = " + yes(g["allow_customer"]),
             "[messages]", "record_inbound = in", "record_outbound = out",
             "record_callback = back", "ask_permission = ask"]
    for cls in TYPES:
        for number in range(16):
            keys = queue_keys(number)
            # Half of them say all themselves, half inherit from their menu.
            menu = number % 2
            if menu:
                lines.append(f"[queue ivr/M{number} {cls}]")
                lines += [f"{k} = {yes(keys[k])}" for k in KEYS[:2]]
                lines.append(f"[queue ivr/M{number}/Q{number} {cls}]")
                lines += [f"{k} = {yes(keys[k])}" for k in KEYS[2:]]
            else:
                lines.append(f"[queue ivr/Q{number} {cls}]")
                lines += [f"{k} = {yes(keys[k])}" for k in KEYS]
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")


def queue_name(number):
    return f"M{number}/Q{number}" if number % 2 else f"Q{number}"


def make_call(path, ident, kind, number):
    times = sorted(random.sample(range(1, LAST), random.randrange(2, 14)))
    events = []
    for at in times:
        name = random.choice(EVENTS)
        to = agent = None
        text = name
        if name == "transfer":
            to = random.choice([None, random.randrange(16)])
            agent = random.choice([None, "bob", "carol"])
            if to is None and agent is None:
                agent = "dave"
            text += f" queue={queue_name(to)}" if to is not None else ""
            text += f" agent={agent}" if agent else ""
        events.append((at, name, to, agent, text))
    if random.random() < 0.9:
        events[0] = (events[0][0], "answer", None, None, "answer")
    end = LAST
    if random.random() < 0.2:
        end = random.randrange(5, LAST)
        events = [e for e in events if e[0] != end]
    events.append((end, "end", None, None, "end"))
    events.sort()
    shown = events[:]
    if random.random() < 0.3:
        random.shuffle(shown)
    with open(path, "w") as f:
        f.write(f"[call]\nid = {ident}\ntype = {kind}\n"
                f"queue = {queue_name(number)}\nagent = alice\n[events]\n")
        f.writelines(f"{e[0]} = {e[4]}\n" for e in shown)
    return {"path": path, "id": ident, "class": CLASS[kind],
            "queue": number, "events": events, "end": end}


def last(seen, names):
    """The latest event of these names, or None."""
    found = [e for e in seen if e[1] in names]
    return found[-1] if found else None


def after(seen, since, names):
    return any(e[1] in names and (since is None or e[0] > since[0])
               for e in seen)


def state(g, call, second):
    """(recorded, cut) of the second that begins at `second`."""
    seen = [e for e in call["events"] if e[0] <= second and e[0] < call["end"]]

    def queue_at(when):
        held = [e[2] for e in seen
                if e[1] == "transfer" and e[2] is not None and e[0] <= when]
        return queue_keys(held[-1] if held else call["queue"])

    keys = queue_at(second)
    names = [e[1] for e in seen]
    playing = keys["play_message"]
    asked = playing and keys["ask_permission"] and call["class"] != "callback"
    announced = [e for e in call["events"]
                 if e[1] in ("announced", "announcing")]
    ok = g["enabled"] and keys["record"] and "answer" in names
    ok = ok and second < call["end"]
    ok = ok and not any(e[1] == "consent declined" for e in call["events"])
    ok = ok and (not playing or not announced or "announced" in names)
    ok = ok and (not asked or "consent granted" in names)
    # Who is there.
    gone = last(seen, ["leave agent"])
    agent = gone is None or any(
        e[0] > gone[0] and (e[1] == "answer" or (e[1] == "transfer" and e[3]))
        for e in seen)
    customer = "leave customer" not in names

    def count(party, joined):
        here = 0
        for name in names:
            here += name == joined
            here = max(0, here - (name == "leave " + party))
        return here

    third = count("third-party", "join third-party 1")
    emergency = count("emergency", "join emergency 911")
    ok = ok and agent + customer + third + emergency >= 2
    ok = ok and (customer or (g["customer"] and g["allow_customer"]))
    if not agent:
        ok = ok and (not third or (g["third"] and g["allow_agent"]))
        ok = ok and (not emergency or (g["emergency"] and g["allow_agent"]))
    # A pause counts from where it was allowed to its resume, or to the first
    # transfer into a queue without redaction.
    paused = False
    for e in seen:
        if e[1] == "pause" and queue_at(e[0])["redaction"]:
            ended = [x for x in seen if x[0] > e[0] and
                     (x[1] == "resume" or (x[1] == "transfer" and
                                           not queue_at(x[0])["redaction"]))]
            paused = paused or not ended
    start = last(seen, ["payment-start"])
    paying = start is not None and not after(seen, start, ["payment-end"])
    return bool(ok), paused or paying


def expect(g, call):
    seconds = [state(g, call, s) for s in range(LAST + 1)]
    moves = {e[0] for e in call["events"]
             if e[1] == "transfer" and e[0] < call["end"]}
    recordings = []
    for s, (ok, cut) in enumerate(seconds):
        if not ok:
            continue
        if not recordings or recordings[-1]["end"] != s or (
                g["separation"] and s in moves):
            recordings.append({"start": s, "end": s, "cut": set()})
        recordings[-1]["end"] = s + 1
        if cut:
            recordings[-1]["cut"].add(s)
    if not g["redaction_style"]:
        recordings = [r for r in recordings
                      if len(r["cut"]) < r["end"] - r["start"]]
    return [(r["start"], r["end"], sorted(r["cut"])) for r in recordings]


def expect_messages(g, call):
    played = []
    record = {"inbound": "in", "callback": "back", "outbound": "out"}
    held = [call["queue"]] + [e[2] for e in call["events"]
                              if e[1] == "transfer" and e[2] is not None and
                              e[0] < call["end"]]
    for number in held:
        keys = queue_keys(number)
        if not (g["enabled"] and keys["record"] and keys["play_message"]):
            continue
        new = [record[call["class"]]]
        if keys["ask_permission"] and call["class"] != "callback":
            new.insert(0 if call["class"] == "outbound" else 1, "ask")
        played += [m for m in new if m not in played]
    return played


def got(answer):
    recordings = []
    for r in answer["recordings"]:
        cut = sorted({s for c in r["cuts"]
                      for s in range(int(c["start"]), int(c["end"]))})
        recordings.append((int(r["start"]), int(r["end"]), cut))
    return recordings


def run(policy, calls, *options):
    paths = "".join(c["path"] + "\n" for c in calls)
    out = subprocess.run(["recpolicy", "-c", policy, "--json", *options],
                         input=paths, capture_output=True, text=True,
                         check=False)
    if out.returncode not in (0, 1) or out.stderr:
        raise SystemExit(f"Bail out! recpolicy: {out.stderr}")
    return [json.loads(line) for line in out.stdout.splitlines()]


def live(policy, call):
    """What --live does for the PBX, fed with the same events. What it says it
    has taken becomes the call file that is judged afterwards."""
    path = call["path"] + ".live"
    with open(call["path"]) as f, open(path, "w") as t:
        facts = f.read().split("[events]")[0]
        t.write(facts)
    text = "".join(f"{e[0]} = {e[4]}\n" for e in call["events"])
    out = subprocess.run(["recpolicy", "-c", policy, "--live", path],
                         input=text, capture_output=True, text=True,
                         check=False)
    if out.stderr:
        raise SystemExit(f"Bail out! recpolicy --live: {out.stderr}")
    lines = out.stdout.splitlines()
    taken = [x[3:] for x in lines if x.startswith("ok ")]
    with open(path, "w") as t:
        t.write(facts + "[events]\n" + "\n".join(taken) + "\n")
    return [x for x in lines if not x.startswith(("play ", "ask ", "ok"))], \
        out.returncode


def main():
    os.chdir(sys.argv[1])
    kinds = list(CLASS)
    sets = [[make_call(f"{s}-{k}-{n}.ini", f"c{s}-{k}-{n}", k, n)
             for k in kinds for n in range(16)] for s in range(4)]
    rows = recorded = wrong = unlike = lived = 0
    for i, values in enumerate(itertools.product([0, 1], repeat=len(GLOBAL))):
        g = dict(zip(GLOBAL, values))
        # Where recording is off one row in sixteen shows it.
        calls = sets[i % 4] if g["enabled"] else sets[i % 4][::16]
        write_policy("policy.ini", g)
        answers = run("policy.ini", calls)
        if len(answers) != len(calls):
            raise SystemExit("Bail out! an answer is missing")
        for call, answer in zip(calls, answers):
            rows += 1
            want, have = expect(g, call), got(answer)
            messages = expect_messages(g, call)
            recorded += bool(want)
            if (want, bool(want), messages) != (
                    have, answer["record"], answer["messages"]):
                wrong += 1
                if wrong <= 5:
                    print(f"# {g}\n# {call}\n# wanted {want} {messages}\n"
                          f"# got {have} {answer['messages']}")
        # Live, the PBX tells that messages were played: only such calls.
        if not g["enabled"] or i % 8:
            continue
        told = [(c, a) for c, a in zip(calls, answers)
                if not a["messages"] or
                any(e[1].startswith("announc") for e in c["events"])]
        told = random.sample(told, min(12, len(told)))
        lives = [live("policy.ini", c) for c, _ in told]
        again = run("policy.ini",
                    [{"path": c["path"] + ".live"} for c, _ in told])
        for (call, answer), (actions, status), after_ in zip(
                told, lives, again):
            lived += 1
            if actions != [a["action"] for a in answer["actions"]] or \
                    after_["recordings"] != answer["recordings"] or \
                    status != (0 if answer["record"] else 1):
                unlike += 1
                if unlike <= 3:
                    print(f"# {call}\n# live {actions}\n"
                          f"# afterwards {answer['actions']}\n"
                          f"# again {after_['recordings']}")
    for number, (label, good) in enumerate([
            (f"{rows} rows agree with the oracle", wrong == 0),
            ("there are enough of them", rows >= 20000),
            (f"{recorded} of them record something", recorded > rows // 10),
            (f"{lived} calls live and afterwards are the same",
             unlike == 0 and lived > 0)], 1):
        print(f"{'ok' if good else 'not ok'} {number} - {label}")
    print("1..4")


main()
