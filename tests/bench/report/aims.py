"""What was aimed at, whether the figures reach it, and where they don't, why, and what could be tried "
"next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.bench.gateway.arms import BEFORE, OVER_BOTO3, TOLLGATE
from tests.bench.measurements.artefacts import LAYER, PROXY
from tests.bench.measurements.proxy_starts import OWN_MODULES, URLLIB3
from tests.bench.measurements.wire_client import OURS, THEIRS
from tests.bench.report import call_costs
from tests.bench.report.figure_tables import UNIT_BYTES
from tests.bench.report.markdown import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Results = Mapping[str, Any]

_MEGABYTE = 1_000_000
# Of a root key's call: the hold, the record, and the end of the hold.
_WRITES = 3
# The run that an aim is of, with names and seconds of its measurements.
WHOLE_RUN = "whole run"


@dataclass(frozen=True)
class Aim:
    """`found` is to be at most `most`. `cause`, from the same figures, and `idea` are for when it isn't."""

    name: str
    most: float
    unit: str
    found: float
    cause: str
    idea: str

    @property
    def is_met(self) -> bool:
        return self.found <= self.most


def text(results: Results) -> str:
    """A line for each aim whose figure is there, and a paragraph for each that is missed."""
    found = list(judged(results))
    lines = table(
        ["aim", "at most", "measured", "met"],
        [
            [aim.name, f"{aim.most:g} {aim.unit}".strip(), _measured(aim), "yes" if aim.is_met else "**no**"]
            for aim in found
        ],
    )
    missed = [f"**Missed: {aim.name}.** {aim.cause} Next: {aim.idea}" for aim in found if not aim.is_met]
    return "\n\n".join([lines, *missed])


def _measured(aim: Aim) -> str:
    """With a decimal or two where the aim is small, so that what is just above it doesn't look met."""
    return f"{aim.found:.{2 if aim.most < 10 else 1}f}".rstrip("0").rstrip(".") + f" {aim.unit}".rstrip()


def judged(results: Results) -> Iterator[Aim]:
    figures = {name: result["figures"] for name, result in results.items()}
    for needed, aims in _AIMS:
        if needed <= figures.keys():
            yield from aims(results, figures)


def _processor_time(_results: Results, figures: Results) -> Iterator[Aim]:
    used, writes = figures["processor_time"], figures["wire_client"]["by DynamoDB Local"]
    calls, chunks = used["calls"]["1"], used["chunks"]
    ours, theirs = (_WRITES * writes[client] / 1000 for client in (OURS, THEIRS))
    yield Aim(
        "processor time of a call in one piece, root key",
        2.5,
        "ms",
        calls[TOLLGATE],
        f"Its {_WRITES} writes take some {ours:.1f} ms of it. The other {calls[TOLLGATE] - ours:.1f} ms "
        "are the runtime's loop, the provider's connection, and Tollgate's own code.",
        "a profile of a warm call by function, to spare what is made anew for each.",
    )
    other = BEFORE if BEFORE in calls else OVER_BOTO3
    common = calls[other] - theirs
    yield Aim(
        f"the same, of what it is {other}",
        25,
        "%",
        100 * calls[TOLLGATE] / calls[other],
        f"There boto3's writes take some {theirs:.1f} ms, and all else {common:.1f} ms, "
        f"{common / calls[other]:.0%}, which is here, too.",
        "as above: what both have in common.",
    )
    yield Aim(
        "processor time of a streamed chunk",
        50,
        "µs",
        chunks[TOLLGATE],
        f"It goes into reading events: over boto3, which has no part in it, {chunks[OVER_BOTO3]:.0f} µs.",
        "pass on several chunks that have come together in one piece.",
    )


def _starts(_results: Results, figures: Results) -> Iterator[Aim]:
    took, parts = figures["proxy_starts"]["milliseconds"], figures["proxy_starts"]["parts"]
    yield Aim(
        "imports and construction, of what they take over boto3",
        40,
        "%",
        100 * took[TOLLGATE] / took[OVER_BOTO3],
        f"Of {took[TOLLGATE]:.0f} ms, Tollgate's own modules take {parts[OWN_MODULES]:.0f} ms, and urllib3 "
        f"{parts[URLLIB3]:.0f} ms.",
        "a client of our own for providers, too, and fewer modules of our own before the first call.",
    )


def _artefacts(_results: Results, figures: Results) -> Iterator[Aim]:
    proxy, layer = (figures["artefacts"][name] for name in (PROXY, LAYER))
    yield Aim(
        "the proxy's artefact with the layer, zipped",
        5,
        "MB",
        (proxy["zipped"] + layer["zipped"]) / _MEGABYTE,
        f"Unpacked, {(proxy['bytecode'] + layer['bytecode']) / _MEGABYTE:.1f} MB of it are bytecode.",
        "leave out the sources, for which tracebacks would have no lines.",
    )


def _bytes(_results: Results, figures: Results) -> Iterator[Aim]:
    stored = figures["stored_items"]
    idea = "shorten names of attributes, as was done for holds."
    for name, size in (
        ("a typical key with an open call", stored["open"]["1"]["key"]),
        ("a usage record", stored["record after a failed attempt"]),
        ("a usage record's entry in the index", stored["index entry"]),
    ):
        yield Aim(name, UNIT_BYTES, "bytes", size, "Its item has grown.", idea)


def _trips(_results: Results, figures: Results) -> Iterator[Aim]:
    yield Aim(
        "round trips that a call waits for at depth 4, before its provider and after",
        4,
        "",
        figures["units_by_kind"]["a chat in one piece"]["4"]["round trips"],
        "Something is waited for that could be sent together.",
        "`test_ledger.py` counts them one by one.",
    )


def _rollup(_results: Results, figures: Results) -> Iterator[Aim]:
    found = figures["rollup_units"]
    idea = "a longer window, as each sum of a batch is written once."
    alone = found["alone"]["2"]
    cause = f"It is {alone['items']:g} items."
    yield Aim(
        "write units of the rollup for a record alone, depth 2, two tags", 12, "", alone["units"], cause, idea
    )
    mixed = next(by for by in found["traffic"] if (by["rate"], by["window"], by["shards"]) == (1.6, 30, 1))
    yield Aim(
        "the same in mixed traffic of 1.6 calls a second, closing its day included",
        6,
        "",
        mixed["added"] + mixed["closed"],
        f"A batch has {mixed['records a batch']:.0f} records.",
        idea,
    )
    yield Aim(
        "seconds that a record waits for others to be added up with it",
        60,
        "s",
        call_costs.default_of("RollupWindowSeconds"),
        "The template's window is longer.",
        "a shorter window, which has more write units.",
    )
    many = found["shards"]
    whole = max(by["busy"][max(by["busy"], key=int)] for by in many["populations"])
    yield Aim(
        f"how busy the rollup is with {many['rate']:,} records a second over {many['shards']} shards",
        100,
        "%",
        100 * whole,
        f"A write takes {many['ms a write']:.2f} ms of processor time.",
        "give it the proxy's DynamoDB client, which takes a tenth of boto3's time.",
    )


def _dollars(results: Results, _figures: Results) -> Iterator[Aim]:
    for (name, seconds), row in call_costs.by_seconds(results).items():
        if seconds == _AIM_SECONDS:
            largest = sorted(row, key=lambda part: -row[part])[:2]
            yield Aim(
                f"dollars per million calls of {name}, {seconds} s",
                35,
                "$",
                sum(row.values()),
                " and ".join(f"${row[part]:.1f} are {part}" for part in largest) + ".",
                "256 MB halve the memory, where no answers of tens of megabytes are expected.",
            )


_AIM_SECONDS = 3


def _leaks(_results: Results, figures: Results) -> Iterator[Aim]:
    *_, warm, end = figures["leaks"]
    served, idea = end["calls"] - warm["calls"], "`tracemalloc` over a tenth of the calls."
    files, grown = end["files"] - warm["files"], (end["memory"] - warm["memory"]) / served
    cause = f"After {warm['calls']:,} calls it had {warm['files']} files open."
    yield Aim(f"files that {served:,} calls leave open", 0, "", max(files, 0), cause, idea)
    cause = f"After {warm['calls']:,} calls it had {warm['memory'] / _MEGABYTE:.1f} MB."
    yield Aim("memory that a call leaves taken", 100, "bytes", max(grown, 0), cause, idea)


def _whole_run(_results: Results, figures: Results) -> Iterator[Aim]:
    took = figures[WHOLE_RUN]
    longest = max(took, key=lambda name: took[name])
    yield Aim(
        "`make bench`, all of it",
        10,
        "minutes",
        sum(took.values()) / 60,
        f"{longest} alone took {took[longest] / 60:.1f} minutes.",
        "a machine that does nothing else.",
    )


_AIMS: tuple[tuple[set[str] | frozenset[str], Callable[[Results, Results], Iterator[Aim]]], ...] = (
    ({"processor_time", "wire_client"}, _processor_time),
    ({"proxy_starts"}, _starts),
    ({"artefacts"}, _artefacts),
    (call_costs.MEASURED, _dollars),
    ({"rollup_units"}, _rollup),
    ({"stored_items"}, _bytes),
    ({"units_by_kind"}, _trips),
    ({"leaks"}, _leaks),
    ({WHOLE_RUN}, _whole_run),
)
