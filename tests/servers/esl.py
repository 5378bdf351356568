#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A small FreeSWITCH for tests: one call on an outbound event socket.

esl.py UUID DIGIT SCRIPT: starts SCRIPT with the socket on its standard input
and output, prints the applications that it executes, and lets the call go on:
play_and_get_digits gets DIGIT, playback says as mod_dptools does whether there
is such a file (and breaks off at DIGIT in BARGE, if that is set in the
environment and among the terminators); once callcenter runs the agent answers, pauses,
resumes, and the caller hangs up. record_session leaves two channels of two
seconds.
"""
import os
import subprocess
import sys
import time
import wave

STEP = 0.4


def main():
    uuid, digit, *script = sys.argv[1:]
    barge = os.environ.get("BARGE", "")
    terminators = [""]
    p = subprocess.Popen(script, stdin=subprocess.PIPE, text=True,
                         stdout=subprocess.PIPE, bufsize=1)

    def say(text):
        p.stdin.write(text)
        p.stdin.flush()

    def event(name, extra=""):
        body = f"Event-Name: {name}\nUnique-ID: {uuid}\n{extra}\n"
        say(f"Content-Length: {len(body)}\n"
            f"Content-Type: text/event-plain\n\n{body}")

    def reply(text):
        say(f"Content-Type: command/reply\nReply-Text: {text}\n\n")

    def record(path):
        with wave.open(path, "wb") as w:
            w.setnchannels(2)
            w.setsampwidth(2)
            w.setframerate(8000)
            w.writeframes(b"\1\2\3\4" * 16000)

    def execute(app, arg):
        print(app, arg, flush=True)
        reply("+OK")
        extra = f"Application: {app}\n"
        if app == "record_session":
            record(arg)
        if app == "set" and arg.startswith("playback_terminators="):
            terminators[0] = arg.split("=")[1]
        if app == "playback":
            there = "://" in arg or os.path.exists(arg)
            extra += "Application-Response: " + (
                "FILE%20PLAYED\n" if there else "FILE%20NOT%20FOUND\n")
            if there and barge and barge in terminators[0]:
                extra += f"variable_playback_terminator_used: {barge}\n"
        if app == "play_and_get_digits" and digit:
            extra += f"variable_rec_consent: {digit}\n"
        if app != "callcenter":
            event("CHANNEL_EXECUTE_COMPLETE", extra)
            return
        event("CHANNEL_ANSWER")
        event("CHANNEL_BRIDGE")
        for name in ("pause", "resume"):
            time.sleep(STEP)
            event("CUSTOM", f"Event-Subclass: rectools%3A%3A{name}\n"
                            "Content-Length: 9\n")
            say("some body")
        time.sleep(STEP)
        event("CHANNEL_HANGUP_COMPLETE")
        say("Content-Type: text/disconnect-notice\nContent-Length: 0\n\n")

    command = {}
    for line in p.stdout:
        line = line.rstrip("\n")
        if line:
            name, _, value = line.partition(": ")
            command[name] = value
            continue
        if "connect" in command:
            say("Content-Type: command/reply\nReply-Text: +OK\n"
                f"Unique-ID: {uuid}\nvariable_rec_type: queue\n"
                "variable_rec_queue: Second%20Line\n"
                "variable_rec_language: en\n"
                "variable_rec_fact_zendesk_ticket: 35436\n"
                "variable_rec_then: callcenter%20Billing\n\n")
        elif "sendmsg" in command:
            execute(command["execute-app-name"],
                    command["execute-app-arg"])
        else:
            reply("+OK")
        command = {}
    p.stdin.close()
    sys.exit(p.wait())


main()
