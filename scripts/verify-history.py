#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks an export of the history without a server and without any part of Hallmark.

    verify-history.py [--nonce TEXT] [--witness KEY ...] [--kept FILE --growth FILE] EXPORT VERIFIER-KEY [VERIFIER-KEY ...]

EXPORT is what `hallmark history export` wrote ("-": standard input); a verifier key is the text that `hallmark checkpoint key-make` printed
(name+id+key). With --nonce the export has to end with the change that tells of an export with this nonce, which you made up before it was taken
(`hallmark history export --nonce TEXT`). With --witness KEY (again for each) at least one of these witnesses has to have cosigned the
checkpoint; a witness's key is name+id+key, too. With --kept and --growth, a checkpoint that you kept and what /history/consistency answers for its size and that of
the export (the smaller first), the two have to be of one log. Written from server/seal/export-format.md alone, with Python's standard library and the openssl command. Prints one line; exits
0 when everything is proven, 1 when something is not (the line says which, and where), 2 when it was called wrongly."""

import base64
import binascii
import datetime
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import uuid

NUMBER, BYTES = 20, 17
TIME_MAX = 253402300799  # the year 9999
FIELDS = (
    ("account_id", "number"), ("id", "number"), ("at", "number"), ("application_id", "number"), ("application_name", "text"),
    ("client_id", "text"), ("key_name", "text"), ("holder_id", "number"), ("user_id", "number"), ("token_jti", "text"), ("method", "text"),
    ("collection_id", "number"), ("collection", "text"), ("record_id", "number"), ("external_references", "text"), ("version", "number"),
    ("request_id", "uuid"), ("before_digest", "digest"), ("after_digest", "digest"), ("person_digest", "digest"), ("address_digest", "digest"),
)
VALUES = ("before", "after", "person", "address")


class Fault(Exception):
    """`at`: the line and the change before it, when it is not the line that is being read."""

    def __init__(self, told, at=None):
        super().__init__(told)
        self.at = at


def without_repeats(pairs):
    """Two readers of a repeated member may not take one each for the fact."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Fault("a member stands there twice")
    return members


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def number(value):
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << 63) <= value < 1 << 63:
        raise Fault(f"{value!r} is no number of eight bytes")
    return value.to_bytes(8, "big", signed=True)


def text(value):
    if not isinstance(value, str):
        raise Fault(f"{value!r} is no text")
    return value.encode()


def digest(value):
    raw = bytes.fromhex(value) if isinstance(value, str) else b""
    if len(raw) != 32 or raw.hex() != value:
        raise Fault(f"{value!r} is no digest in lower-case hexadecimal")
    return raw


ENCODE = {"number": number, "text": text, "digest": digest, "uuid": lambda value: uuid.UUID(value).bytes}


def frozen(facts):
    """The facts as the bytes that were sealed."""
    if set(facts) - {name for name, _ in FIELDS}:
        raise Fault(f"unknown facts {sorted(set(facts) - {name for name, _ in FIELDS})}")
    out = [(len(FIELDS) + 1).to_bytes(4, "big")]
    for kind, value in [(BYTES, b"hallmark.change.v1")] + [
            (NUMBER if form == "number" else BYTES, None if facts.get(name) is None else ENCODE[form](facts[name])) for name, form in FIELDS]:
        out.append(kind.to_bytes(4, "big") + (b"\xff\xff\xff\xff" if value is None else len(value).to_bytes(4, "big") + value))
    return b"".join(out)


# --- the checkpoint ---------------------------------------------------------------------------------------------------------------


def read_verifier(given, algorithm=1):
    try:
        name, key_id, key = given.split("+", 2)
        raw = base64.b64decode(key, validate=True)
    except (ValueError, binascii.Error):
        raise SystemExit(f"{given!r} is no verifier key: it is name+id+key") from None
    if len(raw) != 33 or raw[0] != algorithm or sha256(name.encode(), b"\n", raw)[:4].hex() != key_id:
        raise SystemExit(f"{given!r} is no Ed25519 verifier key, or its id is not its own")
    return name, bytes.fromhex(key_id), raw[1:]


def signature_is_right(public_key, signed, signature):
    """By the openssl command: DER of an Ed25519 public key is twelve fixed bytes and the key."""
    with tempfile.NamedTemporaryFile() as key, tempfile.NamedTemporaryFile() as message, tempfile.NamedTemporaryFile() as proof:
        for file, content in ((key, bytes.fromhex("302a300506032b6570032100") + public_key), (message, signed), (proof, signature)):
            file.write(content)
            file.flush()
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", key.name, "-in", message.name,
                               "-sigfile", proof.name], capture_output=True, check=False).returncode == 0


def open_note(note, verifiers):
    """The text that one of the verifiers has signed."""
    signed, parted, lines = note.rpartition("\n\n")
    signed += "\n"
    if not parted or not lines.endswith("\n"):
        raise Fault("the checkpoint is no signed note")
    known = False
    for line in lines[:-1].split("\n"):
        dash, name, signature = (line.split(" ") + ["", ""])[:3]
        if dash != "—" or not signature:
            raise Fault("the checkpoint has a line that is no signature")
        raw = base64.b64decode(signature)
        for verifier in verifiers:
            if (name, raw[:4]) == verifier[:2] and len(raw) == 68:
                if not signature_is_right(verifier[2], signed.encode(), raw[4:]):
                    raise Fault(f"the signature of {name} on the checkpoint is wrong")
                known = True
    if not known:
        raise Fault("the checkpoint is signed by none of the keys that were given")
    return signed


def decoded(text):
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def has_grown(old, old_root, size, root, path):
    """RFC 9162 section 2.1.4.2."""
    if old == size:
        return not path and old_root == root
    steps = ([old_root] if old & (old - 1) == 0 else []) + path
    if not steps:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    of_old = of_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            of_old, of_new = sha256(b"\1", step, of_old), sha256(b"\1", step, of_new)
            while not at & 1 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            of_new = sha256(b"\1", of_new, step)
        at, last = at >> 1, last >> 1
    return last == 0 and (of_old, of_new) == (old_root, root)


def read_growth(text):
    """From, to, and the proof between the two sizes."""
    version, first, second, *path = text.partition("\n\n")[0].split("\n")
    if version != "hallmark.consistency@v1" or "\n\n" not in text or not first.startswith("from ") or not second.startswith("to "):
        raise Fault("it is no answer of /history/consistency")
    return int(first[5:]), int(second[3:]), [base64.b64decode(step, validate=True) for step in path]


def check_growth(kept, growth, size, root):
    (old, old_root), (new, new_root) = sorted([kept, (size, root)], key=lambda pair: pair[0])
    if growth[:2] != (old, new) or not has_grown(old, old_root, new, new_root, growth[2]):
        raise Fault("the log and the checkpoint that was kept have not grown out of one another")


def cosigned(note, witnesses):
    """Who has cosigned, with the time of each (C2SP tlog-cosignature)."""
    signed, _, lines = note.rpartition("\n\n")
    times = {}
    for witness in witnesses:
        for line in lines.split("\n"):
            _, name, signature = (line.split(" ") + ["", ""])[:3]
            raw = decoded(signature)
            if name != witness[0] or len(raw) != 76 or raw[:4] != witness[1]:
                continue
            at = int.from_bytes(raw[4:12], "big")
            if not 0 < at <= TIME_MAX or not signature_is_right(witness[2], f"cosignature/v1\ntime {at}\n{signed}\n".encode(), raw[12:]):
                raise Fault(f"the cosignature of {name} is wrong")
            times[name] = datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            break
    if witnesses and not times:
        raise Fault("none of the witnesses has cosigned the checkpoint")
    return times


def read_checkpoint(note, verifiers):
    lines = open_note(note, verifiers).split("\n")
    if len(lines) < 4 or not lines[1].isdigit():
        raise Fault("the checkpoint has no size")
    if lines[0] not in {name for name, _, _ in verifiers}:
        raise Fault(f"the checkpoint is of the log {lines[0]!r}, which is none of the keys' names")
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


# --- a change ---------------------------------------------------------------------------------------------------------------------


def leads_to(root, leaf, index, size, path):
    """RFC 9162 section 2.1.3.2."""
    at, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = sha256(b"\1", sibling, node)
            while not at & 1 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            node = sha256(b"\1", node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def check_values(facts, values):
    if set(values) - {name + end for name in VALUES for end in ("", "_salt")}:
        raise Fault("unknown values")
    for name in VALUES:
        value, salt, wanted = values.get(name), values.get(name + "_salt"), facts.get(name + "_digest")
        if (value is None) != (salt is None):
            raise Fault(f"the value {name} and its salt go together")
        if value is not None and (wanted is None or sha256(bytes.fromhex(salt), value.encode()).hex() != wanted):
            raise Fault(f"the value {name} is not the one that was sealed")


def is_noun(facts, noun):
    """Administrative changes have negative collections."""
    return facts["collection"] == noun and facts["collection_id"] < 0


def subject_of_documents(facts):
    return ("person", facts["record_id"]) if is_noun(facts, "users") else ("record", facts["collection_id"], facts["record_id"])


def subject_of_author(facts):
    return "person", facts["holder_id"] if facts.get("user_id") is None else facts["user_id"]


def decimal(told):
    """A whole number as references tell it."""
    if not isinstance(told, str) or not (told.isascii() and told.isdigit()) or (told[0] == "0" and told != "0") or int(told) >= 1 << 63:
        raise ValueError(told)
    return int(told)


def nonce_of(line):
    """What an export was announced with, when the change tells of one."""
    facts = line["facts"]
    if not is_noun(facts, "history-exports") or facts["method"] != "POST" or line["values"].get("after") is None:
        return None
    try:
        told = json.loads(line["values"]["after"], object_pairs_hook=without_repeats)
        return told["nonce"] if isinstance(told, dict) else None
    except (Fault, KeyError, ValueError):
        return None


def erasure_of(facts):
    """Whose erasure a change is, or None."""
    if not is_noun(facts, "erasures") or facts["method"] != "POST":
        return None
    try:
        told = json.loads(facts["external_references"], object_pairs_hook=without_repeats)
        if told["Kind"] == "person":
            return "person", decimal(told["User"])
        return ("record", decimal(told["CollectionId"]), decimal(told["Record"])) if told["Kind"] == "record" else None
    except (Fault, KeyError, TypeError, ValueError):
        return None


def gone_of(facts):
    """The places that a change tells to be archived, as pairs of the first and the one behind the last."""
    if not is_noun(facts, "archives") or facts["method"] != "POST":
        return []
    try:
        told = json.loads(facts["external_references"], object_pairs_hook=without_repeats)["Gone"]
        ranges = [(int(first), int(behind)) for first, behind in re.findall(r"\[([1-9][0-9]*),([1-9][0-9]*)\)", told)]
        whole = "{" + ",".join(f"[{first},{behind})" for first, behind in ranges) + "}" == told
        return [pair for pair in ranges if pair[0] < pair[1]] if whole else []
    except (Fault, KeyError, TypeError, ValueError):
        return []


class Export:
    """What was seen so far, of an account or, in an archive, of one account after another."""

    def __init__(self, head, verifiers, witnesses, nonce, kept):
        if head.get("hallmark_export") != 1:
            raise Fault("it is no export that this program knows")
        self.seq, self.index, self.leaf, self.changes = 0, -1, bytes(32), 0
        self.lacking, self.open = 0, {}  # changes that lack values; subjects whose erasure was not seen yet, with the first place of each
        self.archived, self.gaps = 0, []  # changes that are not there; the gaps of which no archive told yet, with the line behind each
        self.nonce, self.last_nonce = nonce, None
        self.month, self.complete, self.account = head.get("archive"), False, None
        if "archive" in head:
            if not isinstance(self.month, str) or len(self.month) != 7 or "complete" in head:
                raise Fault("archive, from or to is of another form")
            number(head["from"]), number(head["to"])
            self.span, self.inside = range(head["from"], head["to"]), 0
            self.size, self.root = read_checkpoint(head["checkpoint"], verifiers)
            self.join(head["checkpoint"], witnesses, kept)
            return
        if not isinstance(head["complete"], bool) or number(head["account_id"]) is None or number(head["last_seq"]) is None:
            raise Fault("account_id, last_seq or complete is of another form")
        self.account, self.complete, self.last_seq = head["account_id"], head["complete"], head["last_seq"]
        self.size, self.root = read_checkpoint(head["checkpoint"], verifiers)
        self.join(head["checkpoint"], witnesses, kept)

    def join(self, note, witnesses, kept):
        """The checkpoint with what others know of the log."""
        if kept is not None:
            check_growth(*kept, self.size, self.root)
        self.cosigned = cosigned(note, witnesses)

    def take_erased(self, line, place):
        """What is missing is named, and waits for its erasure, which comes behind it."""
        facts = line["facts"]
        missing = [name for name in VALUES if facts.get(name + "_digest") is not None and line["values"].get(name) is None]
        if line.get("erased") != (missing or None) or ("erased" in line and not missing):
            raise Fault("values are missing, or there, that are not named so")
        self.lacking += bool(missing)
        self.open.pop(erasure_of(facts), None)
        for subject, names in ((subject_of_documents, {"before", "after"}), (subject_of_author, {"person", "address"})):
            if names & set(missing):
                self.open.setdefault(subject(facts), (place, self.seq))

    def must_be_explained(self):
        """Where something is missing that no later change tells of."""
        faults = [(place, seq, "a value is missing, and no erasure of it stands in the history") for place, seq in self.open.values()]
        faults += [(place, first - 1, f"changes {first} to {last} of the account are missing") for first, last, place in self.gaps]
        if faults:
            place, seq, told = min(faults)
            raise Fault(told, (place, seq))

    def take_account(self, facts):
        if self.month is None:
            if facts["account_id"] != self.account:
                raise Fault("it is a change of another account")
            return
        if facts["at"] not in self.span and not is_noun(facts, "erasures"):
            raise Fault("it is not of this month")
        self.inside += facts["at"] in self.span
        if self.account is not None and facts["account_id"] < self.account:
            raise Fault("its account is out of order")
        if facts["account_id"] != self.account:
            self.must_be_explained()
            self.account, self.seq, self.index, self.leaf = facts["account_id"], 0, -1, bytes(32)

    def take_gaps(self, seq, facts, place):
        """In a complete export, what is not there has to be archived, and a change behind it tells so."""
        if self.complete and seq > self.seq + 1:
            self.gaps.append((self.seq + 1, seq - 1, place))
            self.archived += seq - 1 - self.seq
        for first, behind in gone_of(facts):
            self.gaps = [(low, high, line) for gap_first, gap_last, line in self.gaps
                         for low, high in ((gap_first, min(gap_last, first - 1)), (max(gap_first, behind), gap_last)) if low <= high]

    def take(self, line, place):
        seq, index, facts = line["seq"], line["index"], line["facts"]
        previous = digest(line["previous"])
        self.take_account(facts)
        if seq <= self.seq or not self.index < index < self.size:
            raise Fault("it is out of order")
        if seq == self.seq + 1 and previous != self.leaf:
            raise Fault("it does not follow the change before it")
        self.leaf = sha256(b"\0\1", number(index), number(self.account), number(seq), previous, sha256(frozen(facts)))
        if not leads_to(self.root, self.leaf, index, self.size, [base64.b64decode(step, validate=True) for step in line["proof"]]):
            raise Fault("it is not the change that was sealed in this place")
        check_values(facts, line["values"])
        self.take_erased(line, place)
        self.last_nonce = nonce_of(line)
        self.take_gaps(seq, facts, place)
        self.seq, self.index, self.changes = seq, index, self.changes + 1

    def end(self, line):
        self.must_be_explained()
        if line.get("changes") != self.changes:
            raise Fault(f"{line.get('changes')} changes are told and {self.changes} are there")
        if self.complete and self.seq != self.last_seq:
            raise Fault(f"it ends with number {self.seq} of the account, and the checkpoint covers {self.last_seq}")
        if self.nonce is not None and (not self.complete or self.last_nonce != self.nonce):
            raise Fault("it does not end with the change that tells of an export with this nonce")


def check(lines, verifiers, witnesses=(), nonce=None, kept=None):
    """Raises a Fault that says where; otherwise returns what was proven."""
    export, place, ended = None, 0, False
    try:
        for place, line in enumerate(lines, 1):
            told = json.loads(line, object_pairs_hook=without_repeats)
            if ended:
                raise Fault("there is something behind the end")
            if export is None:
                export = Export(told, verifiers, witnesses, nonce, kept)
            elif told.get("end") is True:
                export.end(told)
                ended = True
            else:
                export.take(told, place)
    except (Fault, KeyError, TypeError, ValueError, AttributeError) as fault:
        at = getattr(fault, "at", None) or (place, export.seq if export else 0)
        where = f"line {at[0]}"
        if export is not None and isinstance(fault, Fault):
            where += f" (behind change {at[1]} of the account)"
        raise Fault(f"{where}: {fault if isinstance(fault, Fault) else f'malformed: {fault!r}'}") from None
    if not ended:
        raise Fault(f"line {place}: the export was cut off")
    return export


def main(words):
    nonce, witnesses, files = None, [], {}
    while words[:1] in (["--nonce"], ["--witness"], ["--kept"], ["--growth"]):
        option, value, words = words[0], (words[1:2] or [""])[0], words[2:]
        if option == "--nonce":
            nonce = value
        elif option != "--witness":
            files[option] = value
        else:
            witnesses.append(read_verifier(value, 4))
    if len(words) < 2 or nonce == "" or len(files) == 1:
        print(__doc__.split("\n\n")[1].strip(), file=sys.stderr)
        return 2
    verifiers = [read_verifier(word) for word in words[1:]]
    kept = None
    if files:
        try:
            with open(files["--kept"], encoding="utf-8") as note, open(files["--growth"], encoding="utf-8") as growth:
                kept = read_checkpoint(note.read(), verifiers), read_growth(growth.read())
        except (Fault, ValueError) as fault:
            print(f"--kept or --growth: {fault}", file=sys.stderr)
            return 1
    with sys.stdin if words[0] == "-" else open(words[0], encoding="utf-8") as file:
        try:
            export = check(iter(file), verifiers, witnesses, nonce, kept)
        except Fault as fault:
            print(f"NOT PROVEN: {fault}")
            return 1
    if export.month is None:
        extent = f"all of its {export.last_seq} changes" if export.complete else "a selection"
        told = f"{export.changes} changes of account {export.account}, {extent}"
    else:
        told = f"{export.changes} changes, {export.inside} of them of the month {export.month}"
    told += f", in a log of {export.size}" + (f"; one log with the checkpoint of {kept[0][0]} that was kept" if kept else "")
    told += "".join(f"; cosigned by {name} at {at}" for name, at in export.cosigned.items())
    told += ("; it was closed after the nonce was known" if nonce is not None else "")
    if export.archived:
        told += f"; {export.archived} more were archived, as the history tells"
    if export.lacking:
        told += f"; values of {export.lacking} were erased, as the history tells"
    print(f"proven: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
