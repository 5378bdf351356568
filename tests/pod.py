#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""examples/kubernetes.yaml without a Kubernetes.

    pod.py check YAML CONTAINERFILE   prints what is wrong with it
    pod.py make YAML DIR              writes the settings into DIR/etc/rectools,
                                      and for each container a script DIR/NAME
"""
import os
import re
import shlex
import sys

import yaml


def read(path):
    with open(path) as f:
        docs = {d["kind"]: d for d in yaml.safe_load_all(f)}
    return docs["ConfigMap"], docs["StatefulSet"]


def check(path, containerfile):
    settings, stateful = read(path)
    spec = stateful["spec"]["template"]["spec"]
    user = int(re.search(r"^USER (\d+)", open(containerfile).read(), re.M)[1])
    pod = spec["securityContext"]
    volumes = {v["name"]: v for v in spec["volumes"]}
    claims = {v["metadata"]["name"]: v
              for v in stateful["spec"]["volumeClaimTemplates"]}
    wanted = {"runAsNonRoot": True, "runAsUser": user, "runAsGroup": user,
              "fsGroup": user, "fsGroupChangePolicy": "OnRootMismatch"}
    for key, value in wanted.items():
        if pod.get(key) != value:
            yield f"{key} is {pod.get(key)}, not {value}"
    for c in spec["initContainers"] + spec["containers"]:
        s = c["securityContext"]
        if (s["allowPrivilegeEscalation"] or not s["readOnlyRootFilesystem"]
                or s["capabilities"] != {"drop": ["ALL"]}):
            yield f"{c['name']}: may do too much"
        for m in c["volumeMounts"]:
            if m["name"] not in volumes and m["name"] not in claims:
                yield f"{c['name']}: no volume {m['name']}"
    for name, claim in claims.items():
        if claim["spec"]["accessModes"] != ["ReadWriteOnce"]:
            yield f"{name}: several nodes could have it"
    if volumes["secrets"]["secret"]["defaultMode"] != 0o400:
        yield "others may read the secret"
    for v in volumes.values():
        if v.get("configMap", {}).get("name") not in (
                None, settings["metadata"]["name"]):
            yield "the settings have another name"
    if (stateful["spec"]["selector"]["matchLabels"]
            != stateful["spec"]["template"]["metadata"]["labels"]):
        yield "the selector does not find the pod"
    grace = int(re.search(r"stop_grace = (\d+)",
                          settings["data"]["upload.ini"])[1])
    if spec["terminationGracePeriodSeconds"] < 2 * grace:
        yield "it is killed before stop_grace is over"


def make(path, top):
    settings, stateful = read(path)
    os.makedirs(f"{top}/etc/rectools")
    for name, text in settings["data"].items():
        with open(f"{top}/etc/rectools/{name}", "w") as f:
            f.write(text)
    spec = stateful["spec"]["template"]["spec"]
    for c in spec["initContainers"] + spec["containers"]:
        with open(f"{top}/{c['name']}", "w") as f:
            f.write("#!/bin/sh\n")
            for e in c.get("env", []):
                f.write(f"export {e['name']}={shlex.quote(e['value'])}\n")
            f.write(f"exec {shlex.join(c['command'])}\n")
        os.chmod(f"{top}/{c['name']}", 0o755)


if sys.argv[1] == "check":
    for what in check(*sys.argv[2:4]):
        print(what)
else:
    make(*sys.argv[2:4])
