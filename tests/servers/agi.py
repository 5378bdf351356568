#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A small Asterisk for tests: runs an AGI script as Asterisk does.

agi.py UNIQUEID DIGIT SCRIPT ARGUMENT...: tells the script its environment,
answers each command and prints it; GET DATA is answered with DIGIT, and
MixMonitor leaves files of two seconds where its r() and t() say. As in
Asterisk, where a message cannot be opened STREAM FILE and GET DATA end with -1,
and STREAM FILE tells how many samples it has played: 0 of a WAV file that ends
behind its header. Where the channel hangs up meanwhile (DIGIT is hangup) nothing
is answered any more. A message is there as .wav or .sln, or it has no directory
and is Asterisk's own. GET VARIABLE is answered from the environment, as AGI_NAME;
AGI_CHANNEL is the channel, AGI_EXTENSION the extension.
"""
import os
import re
import subprocess
import sys
import wave


def record(command):
    for path in re.findall(r"[rt]\(([^)]*)\)", command):
        with wave.open(path, "wb") as w:
            w.setnchannels(1)
            w.setsampwidth(2)
            w.setframerate(8000)
            w.writeframes(b"\1\2" * 16000)


def plays(command):
    """How many samples it plays, or None."""
    path = command.split('"')[1]
    if "/" not in path:
        return 8000
    for end, header in ((".wav", 44), (".sln", 0)):
        if os.path.exists(path + end):
            rest = os.path.getsize(path + end) - header
            return rest // 2 if rest >= 0 else None
    return None


def main():
    uniqueid, digit, *script = sys.argv[1:]
    p = subprocess.Popen(script, stdin=subprocess.PIPE, text=True,
                         stdout=subprocess.PIPE, bufsize=1)
    channel = os.environ.get("AGI_CHANNEL", "SIP/a-1")
    extension = os.environ.get("AGI_EXTENSION", "s")
    p.stdin.write(f"agi_request: x\nagi_channel: {channel}\n"
                  f"agi_extension: {extension}\n"
                  f"agi_uniqueid: {uniqueid}\nagi_enhanced: 0.0\n\n")
    p.stdin.flush()
    for line in p.stdout:
        command = line.rstrip("\n")
        if not command.startswith("GET VARIABLE"):
            print(command, flush=True)
        if "MixMonitor \"" in command:
            record(command)
        if digit == "hangup" and command.startswith(("GET DATA", "STREAM")):
            p.stdin.close()
        if p.stdin.closed:
            continue
        if command.startswith(("GET DATA", "STREAM FILE")) and \
                plays(command) is None:
            reply = "200 result=-1 endpos=0"
        elif command.startswith("SET VARIABLE"):
            reply = "200 result=1"
        elif command.startswith("GET VARIABLE"):
            value = os.environ.get("AGI_" + command.split()[-1])
            reply = f"200 result=1 ({value})" if value else "200 result=0"
        elif command.startswith("GET DATA"):
            reply = f"200 result={digit}" + (
                " (timeout)" if not digit else "")
        elif command.startswith(("EXEC ", "STREAM FILE ")):
            reply = "HANGUP\n200 result=0" if digit == "9" else "200 result=0"
            if command.startswith("STREAM FILE"):
                reply += f" endpos={plays(command)}"
        else:
            reply = "510 Invalid or unknown command"
        p.stdin.write(reply + "\n")
        p.stdin.flush()
    sys.exit(p.wait())


main()
