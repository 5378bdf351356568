"""The rules of draft-ietf-vcon-vcon-core-04 for an unsigned vCon, as far as a
recording by reference needs them, and the names of draft-ietf-vcon-cc-extension:
faults(vcon) yields what breaks one."""
import re

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9]\d*)?Z")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MEDIA = re.compile(r"[a-z]+/[a-z0-9.+-]+")
HASH = re.compile(r"sha512-[A-Za-z0-9_-]{86}")
TEL = re.compile(r"(tel:)?\+?[0-9*#]+")

# Section 4.1 to 4.4: each parameter, and whether it must be there.
TOP = {"vcon": 1, "uuid": 1, "extensions": 1, "created_at": 1, "redacted": 0,
       "parties": 1, "dialog": 1, "attachments": 1}
PARTY = {"tel": 0, "sip": 0, "name": 0, "validation": 0, "type": 0, "role": 0}
DIALOG = {"type": 1, "start": 1, "duration": 0, "parties": 1, "originator": 0,
          "mediatype": 1, "filename": 0, "url": 0, "content_hash": 1,
          "party_history": 0, "interaction_id": 0}
HISTORY = {"party": 1, "time": 1, "event": 1}
ATTACHMENT = {"purpose": 0, "start": 1, "party": 1, "dialog": 1,
              "mediatype": 1, "encoding": 1, "body": 1}


def names(what, one, known):
    for name in one:
        if name not in known:
            yield "%s: %s is not of the draft" % (what, name)
    for name, needed in known.items():
        if needed and name not in one:
            yield "%s: no %s" % (what, name)


def matches(what, pattern, text):
    if not isinstance(text, str) or not pattern.fullmatch(text):
        yield "%s: %r" % (what, text)


def is_index(n, of):
    return isinstance(n, int) and 0 <= n < len(of)


def party_faults(what, one):
    yield from names(what, one, PARTY)
    if not all(isinstance(v, str) for v in one.values()):
        yield "%s: not text" % what
    if "tel" in one:
        yield from matches(what + ".tel", TEL, one["tel"])
    # Section 4.2.7: SHOULD be there with a name.
    if one.get("name", "anonymous") != "anonymous" and "validation" not in one:
        yield "%s: a name, and no validation" % what
    if one.get("type", "bot") not in ("person", "bot", "organization"):
        yield "%s: type %s" % (what, one["type"])


def channel_faults(what, dialog, parties, channels):
    """Section 4.3.4: an array as long as the recording has channels, null for one
    without a party; of a single channel the parties."""
    told = dialog["parties"]
    if channels == 2 and len(told) != 2:
        yield "%s: %d entries for two channels" % (what, len(told))
    for entry in told:
        for n in entry if isinstance(entry, list) else [entry]:
            if not (is_index(n, parties) or n is None and channels == 2):
                yield "%s: no party %r" % (what, n)
        if channels == 1 and isinstance(entry, list):
            yield "%s: a list in the list of one channel" % what


def dialog_faults(what, one, parties, channels):
    yield from names(what, one, DIALOG)
    if one.get("type") != "recording":
        yield "%s: type %r" % (what, one.get("type"))
    yield from matches(what + ".start", DATE, one.get("start"))
    yield from matches(what + ".mediatype", MEDIA, one.get("mediatype"))
    yield from matches(what + ".content_hash", HASH, one.get("content_hash"))
    if not one.get("url", "https://").startswith("https://"):
        yield "%s: url is not HTTPS" % what
    if one.get("duration", 0) < 0:
        yield "%s: duration" % what
    if not is_index(one.get("originator", 0), parties):
        yield "%s: originator" % what
    yield from channel_faults(what, one, parties, channels)
    for event in one.get("party_history", []):
        yield from names(what + ".party_history", event, HISTORY)
        yield from matches(what + ".time", DATE, event.get("time"))
        if not is_index(event.get("party"), parties):
            yield "%s: party_history: no such party" % what
        if event.get("event") not in ("join", "drop", "hold", "unhold"):
            yield "%s: event %r" % (what, event.get("event"))


def attachment_faults(what, one, vcon):
    yield from names(what, one, ATTACHMENT)
    yield from matches(what + ".start", DATE, one.get("start"))
    yield from matches(what + ".mediatype", MEDIA, one.get("mediatype"))
    if one.get("encoding") != "json" or not isinstance(one.get("body"), dict):
        yield "%s: not JSON inside" % what
    if not is_index(one.get("party"), vcon["parties"]):
        yield "%s: no such party" % what
    if not is_index(one.get("dialog"), vcon["dialog"]):
        yield "%s: no such dialog" % what


def faults(vcon):
    missing = list(names("vcon", vcon, TOP))
    if missing:
        yield from missing
        return
    body = vcon["attachments"][0]["body"]
    if vcon["vcon"] != "0.4.0":
        yield "vcon: syntax %r" % vcon["vcon"]
    yield from matches("uuid", UUID, vcon["uuid"])
    yield from matches("created_at", DATE, vcon["created_at"])
    if vcon["extensions"] != ["CC"]:
        yield "extensions: %r" % vcon["extensions"]
    if "redacted" in vcon and not vcon["redacted"].get("type"):
        yield "redacted: no type"
    for i, one in enumerate(vcon["parties"]):
        yield from party_faults("parties/%d" % i, one)
    if len(vcon["dialog"]) != 1 or len(vcon["attachments"]) != 1:
        yield "not one recording and one attachment"
    channels = body.get("channels", 1)
    for one in vcon["dialog"]:
        yield from dialog_faults("dialog/0", one, vcon["parties"], channels)
    for one in vcon["attachments"]:
        yield from attachment_faults("attachments/0", one, vcon)
