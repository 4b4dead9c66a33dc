"""Trees and paths, beside the recursive definitions of RFC 9162, section 2.1."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollgate.seals import leaf_lists, merkle_tree
from tollgate.seals.day_seals import Name
from tollgate.seals.leaf_lists import Leaf, LeafList, LeafListError

HASHES = [merkle_tree.leaf_hash(str(number).encode()) for number in range(40)]


def split(size):
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def expected_root(hashes):
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    at = split(len(hashes))
    return hashlib.sha256(b"\1" + expected_root(hashes[:at]) + expected_root(hashes[at:])).digest()


def expected_path(hashes, index):
    if len(hashes) == 1:
        return []
    at = split(len(hashes))
    if index < at:
        return [*expected_path(hashes[:at], index), expected_root(hashes[at:])]
    return [*expected_path(hashes[at:], index - at), expected_root(hashes[:at])]


@pytest.mark.parametrize("size", range(len(HASHES) + 1))
def test_roots_and_paths_are_those_of_the_rfc(size):
    hashes = HASHES[:size]
    root = merkle_tree.root_of(hashes)
    assert root == expected_root(hashes)
    for index in range(size):
        path = merkle_tree.inclusion_path(hashes, index)
        assert path == expected_path(hashes, index)
        assert merkle_tree.root_from_path(hashes[index], index, size, path) == root


def test_the_known_root_of_certificate_transparencys_test_vectors():
    """The leaves and roots that implementations of the RFC are tried with."""
    leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    hashes = [merkle_tree.leaf_hash(bytes.fromhex(each)) for each in leaves]
    assert merkle_tree.root_of(hashes[:1]).hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    assert merkle_tree.root_of(hashes).hex() == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )


@given(st.integers(1, 40), st.data())
def test_no_other_leaf_place_size_or_path_leads_to_the_root(size, data):
    hashes = HASHES[:size]
    index = data.draw(st.integers(0, size - 1))
    path = merkle_tree.inclusion_path(hashes, index)
    root = merkle_tree.root_of(hashes)
    other = data.draw(st.integers(0, size - 1).filter(lambda each: each != index) | st.just(size))
    assert reached(hashes[index], other, size, path) != root
    assert reached(bytes(32), index, size, path) != root
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        forged = [*path[:place], bytes(32), *path[place + 1 :]]
        assert reached(hashes[index], index, size, forged) != root
        assert reached(hashes[index], index, size, path[:-1]) != root
    assert reached(hashes[index], index, size, [*path, bytes(32)]) != root


def reached(leaf, index, size, path):
    try:
        return merkle_tree.root_from_path(leaf, index, size, path)
    except ValueError:
        return None


@pytest.mark.parametrize("size", [1, 3, 4, 5, 8, 9, 17, 40])
def test_a_path_over_leaf_lists_is_that_of_the_whole_tree(size):
    leaves = [Leaf(Name(f"{number:02}", "key"), HASHES[number]) for number in range(size)]
    lists = [LeafList(tuple(leaves[start : start + 4])) for start in range(0, size, 4)]
    summaries = [each.summary() for each in lists]
    assert leaf_lists.part_of(summaries, size).root == merkle_tree.root_of(HASHES[:size]).hex()
    assert leaf_lists.unpack(leaf_lists.pack(summaries)) == summaries
    for index in range(size):
        path = leaf_lists.inclusion_path(summaries, lists[index // 4], index, 4)
        assert path == merkle_tree.inclusion_path(HASHES[:size], index)


def test_a_leaf_list_is_read_as_it_was_written_and_what_is_none_is_refused():
    made = LeafList((Leaf(Name("a", "é"), HASHES[0]), Leaf(Name("b", ""), HASHES[1])))
    encoded = made.encode()
    assert LeafList.decode(encoded) == made
    empty = LeafList(()).encode()
    for garbled in (b"", empty, encoded[:-1], encoded + b"x", encoded + bytes(32), encoded[4:], bytes(40)):
        with pytest.raises(LeafListError):
            LeafList.decode(garbled)


def test_a_full_leaf_list_of_long_names_fits_into_an_item():
    """Names of requests are random but for their time, those of keys are few."""
    leaves = [
        Leaf(
            Name(
                f"req_01kb0000{hashlib.sha256(bytes([number % 256, number // 256])).hexdigest()[:22]}",
                "key_0",
            ),
            HASHES[number % 40],
        )
        for number in range(leaf_lists.LIST_SIZE)
    ]
    assert len(LeafList(tuple(leaves)).encode()) < 300_000
