# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree of RFC 9162, worked out from its leaves, and its consistency proofs as that text checks them."""

import base64
import hashlib


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_of(leaves[:split]), root_of(leaves[split:]))


def has_grown(old, old_root, size, root, path):
    """Section 2.1.4.2: whether the proof leads from one root to the other."""
    if old == size:
        return not path and old_root == root
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
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
            of_old, of_new = node(step, of_old), node(step, of_new)
            while not at & 1 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            of_new = node(of_new, step)
        at, last = at >> 1, last >> 1
    return last == 0 and (of_old, of_new) == (old_root, root)


def read_note(note):
    """Origin, size and root of a checkpoint."""
    origin, size, root = note.split("\n")[:3]
    return origin, int(size), base64.b64decode(root, validate=True)
