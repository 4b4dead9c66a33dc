"""Merkle trees as Certificate Transparency has them: RFC 9162, section 2.1, with SHA-256.


https://www.rfc-editor.org/rfc/rfc9162#section-2.1

Leaves and nodes are hashed with different first bytes, so that neither can stand for the other. The trees
here are made level by level, a last node without a neighbour going up as it is: that is the tree which the
RFC describes from the top, by splitting at the largest power of two. So a run of leaves whose length is a
power of two, and which begins at a multiple of it, is a subtree.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over the hashes of leaves, or of subtrees of one size of which the last may be smaller."""
    level = hashes
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else EMPTY_ROOT


def inclusion_path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The nodes by which `root_from_path` gets from the hash at `index` to the root."""
    path = []
    level = hashes
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside])
        level, index = _above(level), index // 2
    return path


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """What the root of a tree of `size` leaves must be, if `leaf` is at `index`.

    As RFC 9162 has it in 2.1.3.2. Raises ValueError if the path is no path of such a tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has none at {index}.")
    at, last, found = index, size - 1, leaf
    for beside in path:
        if last == 0:
            raise ValueError("The path is longer than the tree is high.")
        if at & 1 or at == last:
            found = node_hash(beside, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("The path ends below the root.")
    return found


def hash_of(text: str) -> bytes:
    """A hash in hexadecimal digits. Raises ValueError and TypeError for what is none."""
    found = bytes.fromhex(text)
    if len(found) != len(EMPTY_ROOT):
        raise ValueError(f"{text} is no hash of SHA-256.")
    return found


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = [node_hash(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs
