"""A stream of several choices is charged for all of them, whether its reports are of all or of one each."""

from __future__ import annotations

import json
from random import Random

import pytest

from tollgate_proxy.apis import registry


def told(prompt, completion):
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def chunk(index, text="", **members):
    return {"choices": [{"index": index, "delta": {"content": text}}], **members}


def used(chunks):
    meter = registry.CHAT.stream_meter({"model": "m", "messages": []})
    for each in chunks:
        meter.feed(f"data: {json.dumps(each)}\n\n".encode())
    meter.finish()
    usage = meter.usage()
    return usage.prompt_tokens, usage.completion_tokens


def written(random, choices):
    """In which order tokens of several choices come, each of its own length."""
    left = {index: random.randint(1, 12) for index in range(choices)}
    while left:
        index = random.choice(list(left))
        yield index
        left[index] -= 1
        if not left[index]:
            del left[index]


@pytest.mark.parametrize("seed", range(60))
def test_whatever_order_choices_come_in_all_that_was_made_is_charged(seed):
    """In the ways of Moonshot, of vLLM and of xAI, each cut off before a last report of all."""
    random = Random(seed)
    choices = random.randint(1, 4)
    order = list(written(random, choices))
    own = dict.fromkeys(range(choices), 0)
    within, beside, of_all = [], [], []
    for number, index in enumerate(order, 1):
        own[index] += 1
        part = chunk(index, "word")
        part["choices"][0]["usage"] = told(10, own[index])
        within.append(part)
        beside.append(chunk(index, "word", usage=told(10, own[index])))
        of_all.append(chunk(index, "word", usage=told(10, number)))
    assert used(within) == (10, len(order))
    assert used(of_all) == (10, len(order))
    if _shows(order):
        assert used(beside) == (10, len(order))


def _shows(order):
    """Whether a report was not above another choice's before: else it could as well be of all."""
    own: dict[int, int] = {}
    for index in order:
        own[index] = own.get(index, 0) + 1
        if own[index] <= max((made for other, made in own.items() if other != index), default=0):
            return True
    return False


def test_choices_that_come_in_step_are_told_apart():
    """As vLLM writes them, for as long as the longest takes."""
    chunks = []
    for step in range(1, 31):
        chunks += [
            chunk(index, "word", usage=told(10, step)) for index in range(3) if step <= 10 * (index + 1)
        ]
    assert used(chunks) == (10, 10 + 20 + 30)


@pytest.mark.parametrize("last", [told(10, 60), told(10, 61)])
def test_a_last_report_of_all_counts_alone(last):
    chunks = [chunk(index, "word", usage=told(10, step)) for step in range(1, 21) for index in range(3)]
    assert used([*chunks, {"choices": [], "usage": last}]) == (10, last["completion_tokens"])


def test_a_report_that_is_repeated_without_any_text_is_of_all():
    chunks = [chunk(0, "word " * 5, usage=told(10, 5)), chunk(1, "", usage=told(10, 5))]
    assert used(chunks) == (10, 5)


def test_one_choice_counts_by_its_last_report():
    assert used([chunk(0, "word", usage=told(10, made)) for made in (3, 7, 5)]) == (10, 5)


@pytest.mark.parametrize("index", [None, "0", True, -1, 10**30, [], 1.5])
def test_an_index_that_is_none_hides_no_figure(index):
    part = chunk(index, "word")
    part["choices"][0]["usage"] = told(10, 7)
    assert used([part]) == (10, 7)
    assert used([chunk(index, "word", usage=told(10, 7))]) == (10, 7)


def test_choices_without_end_are_added_up_in_no_time_to_speak_of():
    chunks = [chunk(index, "a", usage=told(10, 1)) for index in range(3000)]
    prompt, completion = used(chunks)
    assert prompt == 10
    assert 1000 < completion <= 3000
