# SPDX-License-Identifier: ISC
"""Each state of rec-spool(5), "What a crash can leave", is built by hand; each
program is run on it: the one that is named continues, and the call arrives or is
set aside; the others do not change it."""
import hashlib
import os
import re
import shutil
import sys

from scene import (COMMAND, LATER, MUCH_LATER, PROGRAMS, ROOT, STAGES, UPLOAD,
                   Scene, Tap, files, fingerprint, restore, run)

NAME = "20261122T100000Z-c1"
DUE = "2026-11-30T10:00:00Z"


def manual_rows():
    with open(os.path.join(ROOT, "man", "rec-spool.5")) as f:
        text = f.read()
    part = text[text.index(".Ss What a crash can leave"):]
    part = part[:part.index("\n.El\n")]
    return re.findall(r"^\.It (.*)$", part, re.M)


class States:
    def __init__(self, scene):
        self.scene = scene
        self.legs = self.folder("recmix", "mix", ("leg-1.wav", "leg-2.wav"))
        self.plan = self.folder("recmix", "mix", ("plan.ini",))
        self.ticket = self.folder("recsplit", "split", ("ticket.ini",))
        self.mp3 = self.folder("recsplit", "split", ("c1.mp3",))
        self.new_ticket = self.folder("recupload", "upload", ("ticket.ini",))
        whole = self.folder("recupload", "upload", None)
        self.parts = {n: c for n, c in whole.items() if n.endswith(".mp3")}
        self.one_part = dict([sorted(self.parts.items())[0]])

    def folder(self, program, stage, names):
        top = os.path.join(self.scene.saved(program), "spool", stage, NAME)
        found = files(top)
        return {n: found[n] for n in names or found}

    def put(self, where, *contents):
        top = os.path.join(self.scene.tree, where)
        os.makedirs(top, 0o700, exist_ok=True)
        for content in contents:
            for name, data in content.items():
                with open(os.path.join(top, name), "wb") as f:
                    f.write(data)

    def rows(self):
        """text -> (where, contents, program, its status, where it is then)"""
        half = b"half of it"
        state = ("[delivery archive %s]\nstate = waiting\nattempts = 1\n"
                 "due = 2026-11-22T10:30:00Z\n" % sorted(self.parts)[0])
        done = "".join("[delivery archive %s]\nstate = done\nattempts = 0\n"
                       % n for n in sorted(self.parts))
        mix, split, upload = ("spool/%s/%s" % (s, NAME)
                              for s in ("mix", "split", "upload"))
        failed = {"failed.ini": b"[failed]\nstage = mix\n"}
        legs, plan, ticket, mp3 = self.legs, self.plan, self.ticket, self.mp3
        parts, tparts = self.parts, self.new_ticket
        some = {"leg-2.wav": legs["leg-2.wav"]}
        part = sorted(parts)[0]
        cipher = "%s.%.16s.archive.cms" % (
            part, hashlib.sha256(parts[part]).hexdigest())
        return {
            "mix/: plan.ini, legs": (mix, [plan, legs], "recmix", 0, "split"),
            "mix/: plan.ini, legs, .MP3.new": (
                mix, [plan, legs, {".c1.mp3.new": half}], "recmix", 0, "split"),
            "mix/: plan.ini, legs, MP3s": (
                mix, [plan, legs, {"c1.mp3": half}], "recmix", 0, "split"),
            "mix/: plan.ini, legs, MP3s, .ticket.ini.new": (
                mix, [plan, legs, mp3, {".ticket.ini.new": half}], "recmix", 0,
                "split"),
            "mix/: plan.ini, legs, MP3s, ticket.ini": (
                mix, [plan, legs, mp3, ticket], "recmix", 0, "split"),
            "mix/: plan.ini, some legs, MP3s, ticket.ini": (
                mix, [plan, some, mp3, ticket], "recmix", 0, "split"),
            "mix/: MP3s, ticket.ini": (mix, [mp3, ticket], "recmix", 0,
                                       "split"),
            "mix/: plan.ini, no legs": (mix, [plan], "recmix", 1, "failed"),
            "mix/: legs": (mix, [legs], "recmix", 1, "failed"),
            "mix/: plan.ini, no legs, failed.ini": (
                mix, [plan, failed], "recmix", 1, "failed"),
            "split/: MP3s, ticket.ini": (split, [mp3, ticket], "recsplit", 0,
                                         "upload"),
            "split/: MP3s, ticket.ini, .part.new": (
                split, [mp3, ticket,
                        {"." + part + ".new": half}],
                "recsplit", 0, "upload"),
            "split/: MP3s, ticket.ini, some parts": (
                split, [mp3, ticket, self.one_part], "recsplit", 0, "upload"),
            "split/: MP3s, ticket.ini of the parts, parts": (
                split, [mp3, tparts, parts], "recsplit", 0, "upload"),
            "split/: ticket.ini of the parts, parts": (
                split, [tparts, parts], "recsplit", 0, "upload"),
            "split/: MP3s": (split, [mp3], "recsplit", 1, "failed"),
            "split/: ticket.ini": (split, [ticket], "recsplit", 1, "failed"),
            "upload/: MP3s, ticket.ini": (upload, [parts, tparts], "recupload",
                                          0, None),
            "upload/: MP3s, ticket.ini, .upload.state.new": (
                upload, [parts, tparts, {".upload.state.new": half}],
                "recupload", 0, None),
            "upload/: MP3s, ticket.ini, upload.state": (
                upload, [parts, tparts, {"upload.state": state.encode()}],
                "recupload", 0, None),
            # What it does with them where encrypt_to is set is in
            # tests/recupload-encrypt.t.
            "upload/: MP3s, ticket.ini, .MP3.HASH.DESTINATION.cms.new": (
                upload, [parts, tparts, {"." + cipher + ".new": half}],
                "recupload", 0, None),
            "upload/: MP3s, ticket.ini, MP3.HASH.DESTINATION.cms": (
                upload, [parts, tparts, {cipher: half}], "recupload", 0,
                None),
            "upload/: MP3s, ticket.ini, torn upload.state": (
                upload, [parts, tparts, {"upload.state": b"[deliv"}],
                "recupload", 0, None),
            "upload/: MP3s, ticket.ini, upload.state: all done": (
                upload, [parts, tparts, {"upload.state": done.encode()}],
                "recupload", 0, None),
            "upload/: MP3s": (upload, [parts], "recupload", 1, "failed"),
            "upload/: ticket.ini": (upload, [tparts], "recupload", 1,
                                    "failed"),
        }

    def stages(self):
        """The folders in the stages, and the recordings that have arrived."""
        found = files(self.scene.tree)
        return {p: c for p, c in found.items()
                if p.split("/")[0] in ("spool", "stored")
                and (p.split("/") + [""])[1] in STAGES + ("c1",)
                or p.startswith("stored/")}

    def try_row(self, row, where, contents, program, status, then):
        wrong, scene = [], self.scene
        for other in PROGRAMS[1:] + ["recsweep"]:
            if other == program:
                continue
            restore(scene.saved("recpolicy"), scene.tree)
            self.put(where, *contents)
            before = self.stages()
            answer = run(COMMAND[other], scene.tree, MUCH_LATER)
            if answer[0] != 0 or answer[2] or self.stages() != before:
                wrong.append("%s does not leave it alone: %r" % (other, answer))
        restore(scene.saved("recpolicy"), scene.tree)
        self.put(where, *contents)
        if row.endswith("all done"):
            self.put("stored", scene.arrived)
        answer = run(COMMAND[program], scene.tree, LATER)
        if answer[0] != status:
            wrong.append("%s: %r" % (program, answer))
        if (status != 0 or "torn" in row) != bool(answer[2]):
            wrong.append("%s says: %r" % (program, answer[2]))
        places = [s for s in STAGES if os.path.exists(
            os.path.join(scene.tree, "spool", s, NAME))]
        if places != ([then] if then else []):
            wrong.append("it stands in %s" % places)
        if then == "failed":
            if not os.path.exists(os.path.join(
                    scene.tree, "spool/failed", NAME, "failed.ini")):
                wrong.append("no failed.ini")
            return wrong
        for p in PROGRAMS[PROGRAMS.index(program) + 1:]:
            answer = run(COMMAND[p], scene.tree, LATER)
            if answer[0] != 0 or answer[2]:
                wrong.append("then %s: %r" % (p, answer))
        if files(os.path.join(scene.tree, "stored")) != scene.arrived:
            wrong.append("arrived: %s"
                         % sorted(files(os.path.join(scene.tree, "stored"))))
        return wrong


def in_tmp(s):
    """tmp/: a call that never entered, and folders that are being removed."""
    wrong, scene = [], s.scene
    old = "spool/tmp/20261122T095900Z-c1"
    for contents in ([], [s.legs], [s.legs, s.plan],
                     [{".leg-1.wav.new": b"half"}]):
        restore(scene.saved("recpolicy"), scene.tree)
        s.put(old, *contents)
        for p in PROGRAMS[1:] + ["recsweep"]:
            answer = run(COMMAND[p], scene.tree)
            if answer[0] or answer[2]:
                wrong.append("%s: %r" % (p, answer))
        if not os.path.exists(os.path.join(scene.tree, old)):
            wrong.append("it went in its first hour")
        wrong += scene.complete_call("recpolicy")
        restore(scene.saved("recpolicy"), scene.tree)
        s.put(old, *contents)
        run(COMMAND["recsweep"], scene.tree, MUCH_LATER)
        if os.path.exists(os.path.join(scene.tree, old)):
            wrong.append("recsweep leaves it")
    return wrong


def on_its_way_out(s):
    restore(s.scene.saved("recupload"), s.scene.tree)
    top = os.path.join(s.scene.tree, "spool")
    os.rename(os.path.join(top, "upload", NAME), os.path.join(top, "tmp", NAME))
    os.unlink(os.path.join(top, "tmp", NAME, "ticket.ini"))
    run(COMMAND["recsweep"], s.scene.tree, MUCH_LATER)
    return sorted(os.listdir(os.path.join(top, "tmp")))


def in_failed(s):
    wrong, scene = [], s.scene
    restore(scene.saved("recpolicy"), scene.tree)
    s.put("spool/failed/" + NAME, s.parts, s.new_ticket,
          {"failed.ini": b"[failed]\nstage = upload\nprogram = recupload\n"
           b"time = 2026-11-22T10:00:00Z\nreason = was refused\n"})
    before = s.stages()
    for p in PROGRAMS[1:] + ["recsweep"]:
        answer = run(COMMAND[p], scene.tree, MUCH_LATER)
        if answer[0] or answer[2] or s.stages() != before:
            wrong.append("%s: %r" % (p, answer))
    answer = run("recupload -s spool --retry c1", scene.tree, LATER)
    answer2 = run(COMMAND["recupload"], scene.tree, LATER)
    if answer[0] or answer2[0]:
        wrong.append("retried: %r %r" % (answer, answer2))
    if files(os.path.join(scene.tree, "stored")) != scene.arrived:
        wrong.append("it does not arrive")
    return wrong


def in_two(s):
    wrong, scene = [], s.scene
    restore(scene.saved("recupload"), scene.tree)
    s.put("spool/tmp/20261122T095900Z-c1", s.legs)
    run(COMMAND["recsweep"], scene.tree, MUCH_LATER)
    if os.listdir(os.path.join(scene.tree, "spool/tmp")):
        wrong.append("tmp/ keeps it")
    return wrong + scene.complete_call("recupload")


KEPT = (b"[failed]\nstage = kept\nprogram = recmix\n"
        b"time = 2026-11-22T10:00:00Z\nreason = a leg is missing 1.000 s\n")


def doubtful(s, in_mix, in_failed):
    """mix/ with doubt: the legs are kept in failed/, and the MP3s go on."""
    wrong, scene = [], s.scene
    doubt = {"ticket.ini":
             s.ticket["ticket.ini"] + b"doubt = a leg is missing 1.000 s\n"}
    restore(scene.saved("recpolicy"), scene.tree)
    s.put("spool/mix/" + NAME, s.mp3, doubt, s.plan, in_mix)
    if in_failed:
        s.put("spool/failed/" + NAME, in_failed, {"failed.ini": KEPT})
    answer = run(COMMAND["recmix"], scene.tree, LATER)
    if answer[0] != 1 or answer[2].count("a leg is missing 1.000 s") != 1:
        wrong.append("recmix: %r" % (answer,))
    top = os.path.join(scene.tree, "spool")
    kept = sorted(os.listdir(os.path.join(top, "failed", NAME)))
    if kept != ["failed.ini"] + sorted(s.legs) + ["plan.ini"]:
        wrong.append("kept: %s" % kept)
    gone = sorted(os.listdir(os.path.join(top, "split", NAME)))
    if gone != sorted(list(s.mp3) + ["ticket.ini"]):
        wrong.append("goes on: %s" % gone)
    return wrong


def kept(s):
    """failed/: no program uses the legs of a call that has moved on."""
    wrong, scene = [], s.scene
    restore(scene.saved("recpolicy"), scene.tree)
    s.put("spool/failed/" + NAME, s.legs, s.plan, {"failed.ini": KEPT})
    before = s.stages()
    for command in [COMMAND[p] for p in PROGRAMS[1:] + ["recsweep"]] + [
            "recupload -s spool --retry all", "recmix -s spool --accept c1"]:
        answer = run(command, scene.tree, LATER)
        if (answer[0] != 0) != ("c1" in command) or s.stages() != before:
            wrong.append("%s: %r" % (command, answer))
    return wrong


def accepted(s, where):
    """A call that --accept has taken is mixed, wherever a crash left it."""
    wrong, scene = [], s.scene
    plan = s.plan["plan.ini"].replace(b"[plan]\n", b"[plan]\naccept = yes\n")
    restore(scene.saved("recpolicy"), scene.tree)
    s.put("spool/%s/%s" % (where, NAME), s.legs, {"plan.ini": plan},
          {"failed.ini": b"[failed]\nstage = mix\n"})
    command = COMMAND["recmix"]
    if where == "failed":
        command = "recmix -s spool --accept c1"
    answer = run(command, scene.tree, LATER)
    found = sorted(os.listdir(os.path.join(scene.tree, "spool/split", NAME)))
    if answer[0] or found != sorted(list(s.mp3) + ["ticket.ini"]):
        wrong.append("%r: %s" % (answer, found))
    return wrong


def at_destination(s, name, data, status):
    wrong, scene = [], s.scene
    restore(scene.saved("recupload"), scene.tree)
    s.put("stored", {name: data})
    answer = run(COMMAND["recupload"], scene.tree, LATER)
    arrived = files(os.path.join(scene.tree, "stored"))
    if answer[0] != status:
        wrong.append("%r" % (answer,))
    if status == 0 and arrived != scene.arrived:
        wrong.append("arrived: %s" % sorted(arrived))
    if status == 1 and (arrived[name] != data or not os.path.exists(
            os.path.join(scene.tree, "spool/failed", NAME))):
        wrong.append("not set aside, or overwritten")
    return wrong


def torn_log(s):
    wrong, scene = [], s.scene
    for torn in (b"2026-11-22T10:00:00Z 0123", b"\0" * 5000):
        restore(scene.saved("recmix"), scene.tree)
        with open(os.path.join(scene.tree, "spool/audit.log"), "ab") as f:
            f.write(torn)
        wrong += scene.complete_call("recmix")
    return wrong


def torn_last_sweep(s):
    wrong, scene = [], s.scene
    for torn in (None, b"", b"17639", b"\0" * 60):
        restore(scene.saved("recsweep"), scene.tree)
        if torn is not None:
            s.put("spool", {".last-sweep": torn})
        # It has a marker of now, so that this now is plausible.
        os.utime(os.path.join(scene.tree, "spool/.rectools"),
                 (1795341600, 1795341600))
        answer = run("recsweep -s spool", scene.tree, LATER)
        if answer[0] or answer[2].count("never uploaded") != 3:
            wrong.append("%r: %r" % (torn, answer))
    return wrong


def held(s, released):
    """held/: stays while hold/ has its id; the sweep then deletes it."""
    wrong, scene = [], s.scene
    restore(scene.saved("recpolicy"), scene.tree)
    s.put("spool/held/" + NAME, s.parts, s.new_ticket)
    s.put("spool/hold", {".c1.new": b"[hol"} if released else {"c1": b""})
    before = s.stages()
    for p in PROGRAMS[1:]:
        answer = run(COMMAND[p], scene.tree, LATER)
        if answer[0] or answer[2]:
            wrong.append("%s: %r" % (p, answer))
    if s.stages() != before:
        wrong.append("a program touched it")
    answer = run(COMMAND["recsweep"], scene.tree, DUE)
    if answer[0] or answer[2]:
        wrong.append("recsweep: %r" % (answer,))
    if (s.stages() != before) != released:
        wrong.append("recsweep took it, or left it")
    return wrong


def half_hold(s):
    wrong, scene = held(s, True), s.scene
    answer = run("recsweep --hold c1 --reason x -s spool", scene.tree, LATER)
    if answer[0] or os.listdir(
            os.path.join(scene.tree, "spool/hold")) != ["c1"]:
        wrong.append("the next hold: %r" % (answer,))
    return wrong


NOTICE = "stored-" + "0" * 32 + ".json"
TOLD = b'{"event":"stored"}\n'


def notice(s, contents, told, copy=False):
    """notice/: only the program that sends it changes it."""
    wrong, scene = [], s.scene
    restore(scene.saved("recpolicy"), scene.tree)
    if copy:
        s.put("spool/upload/" + NAME, s.parts, s.new_ticket)
    s.put("spool/notice/" + NAME, contents)
    before = s.stages()
    for p in PROGRAMS[1:] if not copy else ():
        answer = run(COMMAND[p], scene.tree, LATER)
        if answer[0] or answer[2]:
            wrong.append("%s: %r" % (p, answer))
    if s.stages() != before:
        wrong.append("a program touched it")
    with open(os.path.join(scene.tree, "hook.ini"), "w") as f:
        f.write(UPLOAD.replace("to = archive\n", "to = archive\n"
                "on_stored = /usr/bin/tee -a told.txt\n"
                "on_failed = /usr/bin/tee -a told.txt\n"))
    answer = run("recupload -c hook.ini -s spool", scene.tree, LATER)
    if answer[0] or answer[2]:
        wrong.append("recupload: %r" % (answer,))
    got = files(scene.tree).get("told.txt", b"").count(b"\n")
    if got != told:
        wrong.append("told %d times, not %d" % (got, told))
    left = [p for p in s.stages() if "/notice/" in p]
    if left:
        wrong.append("left: %r" % left)
    if copy and "spool/upload/" + NAME in files(scene.tree):
        wrong.append("the call stays")
    return wrong


def failed_told(s):
    """failed/: one notice for each failed.ini, whatever was sent before."""
    wrong, scene = notice(s, {}, 0), s.scene
    reason = (b"[failed]\nstage = upload\nprogram = recupload\n"
              b"time = 2026-11-22T10:00:00Z\nreason = no\n")
    s.put("spool/failed/" + NAME, s.parts, s.new_ticket,
          {"failed.ini": reason, "told": b"of another one"})
    for i in range(2):
        answer = run("recupload -c hook.ini -s spool", scene.tree, LATER)
        if answer[0] or answer[2]:
            wrong.append("recupload: %r" % (answer,))
    got = files(scene.tree).get("told.txt", b"").count(b"\n")
    if got != 1:
        wrong.append("told %d times" % got)
    return wrong


def main():
    tap, scene = Tap(), Scene(sys.argv[1])
    s = States(scene)
    rows = s.rows()
    first = sorted(scene.arrived)[0]
    special = {
        "tmp/: nothing, or legs, or legs and plan.ini": lambda: in_tmp(s),
        "tmp/: anything else": lambda: on_its_way_out(s),
        "failed/: failed.ini and the rest": lambda: in_failed(s),
        "mix/: plan.ini, legs, MP3s, ticket.ini with doubt":
            lambda: doubtful(s, s.legs, {}),
        "in two: mix/ with doubt, failed/ with failed.ini and some legs":
            lambda: doubtful(
                s, {"leg-2.wav": s.legs["leg-2.wav"]},
                {"leg-1.wav": s.legs["leg-1.wav"]}),
        "failed/: failed.ini of stage kept, legs, plan.ini": lambda: kept(s),
        "failed/: failed.ini, legs, accepted plan.ini":
            lambda: accepted(s, "failed"),
        "mix/: failed.ini, legs, accepted plan.ini":
            lambda: accepted(s, "mix"),
        "in two: the same call in tmp/ and in a later stage":
            lambda: in_two(s),
        "stored: half an object, .OBJECT.new": lambda: at_destination(
            s, "." + first + ".new", b"half", 0),
        "stored: the object, whole": lambda: at_destination(
            s, first, scene.arrived[first], 0),
        "stored: another file under the object's name":
            lambda: at_destination(s, first, b"another", 1),
        "held/: MP3s, ticket.ini, upload.state": lambda: held(s, False),
        "failed/: failed.ini, told and the rest": lambda: failed_told(s),
        "notice/: nothing": lambda: notice(s, {}, 0),
        "notice/: half a notice, .EVENT-KEY.json.new":
            lambda: notice(s, {"." + NOTICE + ".new": b"{"}, 0),
        "notice/: EVENT-KEY.json": lambda: notice(s, {NOTICE: TOLD}, 1),
        "notice/: EVENT-KEY.json, upload.state": lambda: notice(
            s, {NOTICE: TOLD, "upload.state": b'{"deliveries":[]}'}, 1),
        "in two: the same call in upload/ and in notice/":
            lambda: notice(s, {NOTICE: TOLD}, 2, True),
        "hold/: half a hold, .ID.new": lambda: half_hold(s),
        "spool: a torn last line in audit.log": lambda: torn_log(s),
        "spool: no .last-sweep, or a torn one": lambda: torn_last_sweep(s),
    }
    manual = manual_rows()
    tap.ok("the manual's %d states are those of this test" % len(manual),
           ["%s" % r for r in
            sorted(set(manual) ^ (set(rows) | set(special)))])
    for row in manual:
        if row in rows:
            tap.ok(row, s.try_row(row, *rows[row]))
        elif row in special:
            tap.ok(row, special[row]())
    tap.done()


main()
