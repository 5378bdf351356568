#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A model of FreeSWITCH's outbound event socket, for one call.

esl.py UUID DIGIT SCRIPT: starts SCRIPT with the socket on its standard input
and output, prints the applications that it executes, and lets the call go on:
play_and_get_digits gets DIGIT, playback says as mod_dptools does whether there
is such a file (and breaks off at DIGIT in BARGE, if that is set in the
environment and among the terminators). Once the application THEN (of the
environment: callcenter Billing) runs, the agent answers, pauses, resumes, and
the caller hangs up; with THIRD in the environment a third party joins in between,
whose leg is 3rd, who answers with the digit THIRD and hangs up; with THIRD=gone
there is no such leg any more. With DIES nothing happens before the recording has
been stopped, or for 30 seconds, and with PARTS the agent hangs up so long before
the caller. With STRAY somebody else plays to the caller, too.
With CUSTOMER an agent began the call (TYPE dialpad),
and the one who is called has the leg "b-leg" and presses that digit. Pauses and the hangup are told LATE seconds later.

What it does was seen in calls of a real FreeSWITCH (tests/real/freeswitch):
- What comes after an application with event-lock waits until that has ended, a
  bridge until the caller has hung up (L8: record_session ran then).
- A CUSTOM event comes only where its subclass was asked for (L8: pause and
  resume never came; live-*: they do).
- mod_callcenter tells the agent on the agent's leg, before the bridge.
- filter NAME VALUE lets through the events that have one of these values, also of
  another leg, and sendmsg takes the leg on which it runs, or says "-ERR invalid
  session id [UUID]" (third: what its socket said is replayed by real-freeswitch.t).
- Values in headers are URL-encoded, '@' as %40 (L1: it was bridged to).
- CHANNEL_HANGUP_COMPLETE is stamped when the file ends, however late it is read,
  and so is CHANNEL_EXECUTE when an application runs; no RECORD_STOP comes before
  the hangup (live-late: load 20, the script 0.3 s behind).
- After linger the notice of the disconnect comes before CHANNEL_HANGUP_COMPLETE
  (live-late).
- A conference has no CHANNEL_BRIDGE, the caller of a fifo neither (live-conf,
  live-fifo); playback of a file that is not there says FILE NOT FOUND (live-gone),
  and leaves playback_ms as it was; one that is empty says FILE PLAYED, with 0.
- So does one that uuid_break breaks off (BREAK: its name); only the event
  PLAYBACK_STOP, which comes before, says "break" (broken).
"""
import os
import subprocess
import sys
import threading
import time
import urllib.parse
import wave

STEP = 0.4
SAYING = threading.Lock()


def say(*words):
    """A whole line, whichever thread prints."""
    with SAYING:
        print(*words, flush=True)

FOREVER = ("callcenter", "bridge", "conference", "fifo")


class Call:
    def __init__(self, uuid, digit, script):
        self.uuid, self.digit = uuid, digit
        self.barge = os.environ.get("BARGE", "")
        self.then = os.environ.get("THEN", "callcenter Billing")
        self.terminators = ""
        self.played_ms = None
        self.asked_for = set()
        self.filters = set()
        self.third = os.environ.get("THIRD", "")
        self.third_heard = threading.Event()
        self.customer = os.environ.get("CUSTOMER", "")
        self.customer_heard = threading.Event()
        self.recording = {}
        self.recorded = threading.Event()
        self.stopped = threading.Event()
        self.waiting = []  # behind an application with event-lock
        self.locked = self.over = False
        self.mutex = threading.RLock()
        self.p = subprocess.Popen(script, stdin=subprocess.PIPE, text=True,
                                  stdout=subprocess.PIPE, bufsize=1)

    def say(self, text):
        try:
            self.p.stdin.write(text)
            self.p.stdin.flush()
        except BrokenPipeError:
            pass

    def reply(self, text="+OK"):
        self.say(f"Content-Type: command/reply\nReply-Text: {text}\n\n")

    def event(self, name, content="", **headers):
        subclass = headers.get("Event_Subclass")
        if (subclass or name) not in self.asked_for or \
                not self.filters & {headers.get("Unique_ID", self.uuid),
                                    headers.get("CC_Member_Session_UUID")}:
            return
        headers = {"Event_Name": name, "Unique_ID": self.uuid,
                   "Event_Date_Timestamp": str(int(time.time() * 1e6)),
                   **headers}
        body = "".join(
            f"{k if k.startswith('variable') else k.replace('_', '-')}: "
            f"{urllib.parse.quote(v, safe='/,')}\n"
            for k, v in headers.items())
        body += f"Content-Length: {len(content)}\n" * bool(content) + "\n"
        self.say(f"Content-Length: {len(body)}\n"
                 f"Content-Type: text/event-plain\n\n{body}{content}")

    def stop(self, path, end):
        start = self.recording.pop(path, None)
        if start is None:
            return
        with wave.open(path, "wb") as w:
            w.setnchannels(2)
            w.setsampwidth(2)
            w.setframerate(8000)
            w.writeframes(b"\1\2\3\4" * int((end - start) * 8000))

    @staticmethod
    def late(now=None):
        """The stamp of what happens now and is told LATE seconds later."""
        stamp = str(int((now or time.time()) * 1e6))
        time.sleep(float(os.environ.get("LATE", "0")))
        return stamp

    def talk(self, app):
        """The agent comes, pauses and resumes, and the caller hangs up."""
        if app == "fifo":
            self.event("CUSTOM", Event_Subclass="fifo::info",
                       FIFO_Action="bridge-caller-start")
        elif app != "conference":
            if app == "callcenter":
                self.event("CUSTOM", Event_Subclass="callcenter::info",
                           Unique_ID="agent's", CC_Action="bridge-agent-start",
                           CC_Agent="alice@default",
                           CC_Member_Session_UUID=self.uuid)
            self.event("CHANNEL_BRIDGE", Other_Leg_Unique_ID="b-leg")
            if self.customer:
                self.customer_heard.wait(30)
        # People talk for longer than a busy machine takes to begin.
        if self.digit == "1":
            self.recorded.wait(5)
        if os.environ.get("DIES"):
            self.stopped.wait(30)
            say("stopped" if self.stopped.is_set() else "still recorded")
        for name in ("pause", "resume"):
            time.sleep(STEP)
            stamp = self.late()
            with self.mutex:
                self.event("CUSTOM", "some body", Event_Date_Timestamp=stamp,
                           Event_Subclass=f"rectools::{name}")
        if self.third:
            self.join()
        if os.environ.get("PARTS"):
            self.stopped.clear()
            with self.mutex:
                self.event("CHANNEL_UNBRIDGE")
            self.stopped.wait(30)
            say("stopped" if self.stopped.is_set() else "still recorded")
        time.sleep(STEP)
        with self.mutex:
            now = time.time()
            for path in list(self.recording):
                self.stop(path, now)
            stamp = self.late(now)
            self.over, self.locked = True, False
            self.say("Content-Type: text/disconnect-notice\n"
                     f"Controlled-Session-UUID: {self.uuid}\n"
                     "Content-Disposition: linger\n"
                     "Linger-Time: -1\nContent-Length: 0\n\n")
            self.event("CHANNEL_HANGUP_COMPLETE", Event_Date_Timestamp=stamp)

    def join(self):
        with self.mutex:
            self.event("CUSTOM", Event_Subclass="rectools::event",
                       What="join third-party 1003", Leg="3rd")
        self.third_heard.wait(30)
        time.sleep(STEP)
        if self.third != "gone":
            with self.mutex:
                self.event("CHANNEL_HANGUP_COMPLETE", Unique_ID="3rd")

    def playback(self, path, leg):
        there = "://" in path or os.path.exists(path)
        extra = {"Application_Response":
                 "FILE PLAYED" if there else "FILE NOT FOUND"}
        if there:
            self.played_ms = 1000 if "://" in path else \
                max(0, os.path.getsize(path) - 44) // 16
        barge = there and self.barge and self.barge in self.terminators
        broken = there and os.environ.get("BREAK", "") == \
            os.path.basename(path)
        if broken:
            self.played_ms = min(self.played_ms, 580)
        if self.played_ms is not None:
            extra["variable_playback_ms"] = str(self.played_ms)
        if barge:
            extra["variable_playback_terminator_used"] = self.barge
        if there:
            self.event("PLAYBACK_STOP", Unique_ID=leg, Playback_File_Path=path,
                       Playback_Status="break" if barge or broken else "done")
        return extra

    def run(self, app, arg, lock, leg):
        say(*([leg + ":"] if leg != self.uuid else []), app, arg)
        extra = {"Application": app, "Application_Data": arg, "Unique_ID": leg}
        now = time.time()
        self.event("CHANNEL_EXECUTE", **extra,
                   Event_Date_Timestamp=str(int(now * 1e6)))
        if app == "record_session":
            self.recording[arg] = now
            self.recorded.set()
        elif app == "stop_record_session":
            self.stop(arg, now)
            self.stopped.set()
        elif app == "event":
            self.event("CUSTOM", **{
                name.replace("-", "_"): value for name, value in
                (pair.split("=", 1) for pair in arg.split(","))
                if name != "Event-Name"})
        elif app == "set" and arg.startswith("playback_terminators="):
            self.terminators = arg.split("=")[1]
        elif app == "playback":
            if os.environ.get("STRAY"):  # another's, as by uuid_broadcast
                self.event("CHANNEL_EXECUTE_COMPLETE", **{
                    **extra, "Application_Data": "other.wav",
                    "Application_Response": "FILE PLAYED",
                    "variable_playback_ms": "9000"})
            extra |= self.playback(arg, leg)
        elif app == "play_and_get_digits":
            digit = {self.uuid: self.digit, "b-leg": self.customer}.get(
                leg, self.third)
            if digit in ("1", "2"):
                extra["variable_rec_consent"] = digit
        if app in FOREVER:
            self.locked = lock
            threading.Thread(target=self.talk, args=(app,)).start()
        else:
            self.event("CHANNEL_EXECUTE_COMPLETE", **extra)
            if leg != self.uuid and (
                    app == "play_and_get_digits" or
                    extra.get("Application_Response") == "FILE NOT FOUND"):
                self.third_heard.set()
                self.customer_heard.set()

    def command(self, first, headers):
        word, *rest = first.split()
        if word == "connect":
            self.say("Content-Type: command/reply\nReply-Text: +OK\n"
                     f"Unique-ID: {self.uuid}\n"
                     "Caller-Caller-ID-Number: %2B15550100%3Bext=2%40h\n"
                     "Caller-Destination-Number: 200\n")
            known = {"type": os.environ.get("TYPE", "queue"), "queue": "Second Line", "language": "en",
                     "fact_zendesk_ticket": "35436", "then": self.then}
            self.say("".join(
                         f"variable_rec_{k}: "
                         f"{urllib.parse.quote(v, safe='/,')}\n"
                         for k, v in known.items()) + "\n")
            return
        if word == "event":
            self.asked_for |= set(rest[1:]) - {"CUSTOM"}
        if word == "filter":
            self.filters.add(rest[1])
        if word == "sendmsg" and rest and self.third == "gone":
            self.reply(f"-ERR invalid session id [{rest[0]}]")
            self.third_heard.set()
            return
        self.reply()
        if word == "sendmsg":
            todo = (headers["execute-app-name"], headers["execute-app-arg"],
                    headers.get("event-lock") == "true",
                    rest[0] if rest else self.uuid)
            if self.locked and not rest:
                self.waiting.append(todo)
            else:
                self.run(*todo)

    def read(self):
        first, headers = None, {}
        for line in self.p.stdout:
            line = line.rstrip("\n")
            if line:
                first = first or line
                name, _, value = line.partition(": ")
                headers[name] = value
            elif first == "exit":
                break
            elif first:
                with self.mutex:
                    self.command(first, headers)
                first, headers = None, {}
        self.p.stdin.close()
        for todo in self.waiting:
            say("too late:", *todo[:2])
        return self.p.wait()


sys.exit(Call(sys.argv[1], sys.argv[2], sys.argv[3:]).read())
