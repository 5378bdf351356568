"""metadata.py PATH...: checks the JSON objects there, and in the directories
there, against schema/metadata.schema.json, and vCons against their draft and the
objects attached to them against the schema. Prints the errors."""
import json
import os
import sys

import jsonschema

import vcon

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCHEMA = os.path.join(ROOT, "schema", "metadata.schema.json")


def strict(pairs):
    """An object in which no name appears twice."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name twice: %s" % names)
    return dict(pairs)


def files(paths):
    for path in paths:
        if not os.path.isdir(path):
            yield path
        for where, _, names in os.walk(path):
            for name in sorted(names):
                if name.endswith((".json", ".vcon")):
                    yield os.path.join(where, name)


def objects(path):
    """One on each line."""
    with open(path, encoding="utf-8") as f:
        for line in f:
            yield json.loads(line, object_pairs_hook=strict)


def main():
    with open(SCHEMA, encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    count = bad = 0
    for path in files(sys.argv[1:]):
        for one in objects(path):
            count += 1
            if "vcon" in one:
                for fault in vcon.faults(one):
                    print("%s: %s" % (path, fault))
                    bad += 1
                one = one["attachments"][0]["body"]
            for error in validator.iter_errors(one):
                where = "/".join(str(p) for p in error.absolute_path)
                print("%s: %s: %s" % (path, where, error.message[:200]))
                bad += 1
    if count == 0:
        print("no JSON object in", " ".join(sys.argv[1:]))
    sys.exit(bad > 0 or count == 0)


main()
