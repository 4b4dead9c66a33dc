"""What models take of Anthropic's messages, as far as that differs, by their names.

Sources: https://platform.claude.com/docs/en/build-with-claude/thinking,
https://platform.claude.com/docs/en/build-with-claude/effort,
https://platform.claude.com/docs/en/build-with-claude/structured-outputs and the migration guides,
https://platform.claude.com/docs/en/about-claude/models/migration-guide. A model that is newer than those has
what the newest of them have.
"""

from __future__ import annotations

import re

from tollgate.lean_dataclass import dataclass

# `claude-opus-4-5-20251101`, `claude-3-7-sonnet-latest`, `anthropic/claude-opus-4.7`,
# `us.anthropic.claude-opus-4-6-v1:0`, `claude-sonnet-4@20250514`, `claude-mythos-preview`
_NAME = re.compile(r"claude-(?:([a-z]+)-)?(?:(\d)(?:[.-](\d)(?!\d))?(?:-([a-z]+))?)?")
_NEWEST = (9, 9)

_ALL_EFFORTS = ("low", "medium", "high", "xhigh", "max")
# By Anthropic's guide to effort: which words are known from which version on.
_EFFORTS_UP_TO_HIGH = ("low", "medium", "high")
_EFFORTS_OF_OPUS_4_6 = ("low", "medium", "high", "max")


@dataclass(frozen=True, slots=True)
class ClaudeModel:
    """`adapts` is whether it decides itself how much it thinks, `budgets` whether it takes a budget for that.

    `off` is the type of `thinking` that turns it off, None if nothing does. `thinks_unasked` is whether it
    thinks unless told not to. `efforts` are the words that it takes for its effort. `samples` is whether
    `temperature`, `top_p` and `top_k` may be stated, `samples_both` whether the first two at once. `forced`
    is whether it can be made to call a tool, `structured` whether what it says can be held to a schema.
    """

    adapts: bool
    budgets: bool
    off: str | None
    thinks_unasked: bool
    efforts: tuple[str, ...]
    samples: bool
    samples_both: bool
    forced: bool
    structured: bool

    @property
    def thinks(self) -> bool:
        return self.adapts or self.budgets

    def effort(self, word: str) -> str | None:
        """The word that it takes which comes nearest to one, not above it unless all are."""
        if not self.efforts:
            return None
        if word not in _ALL_EFFORTS:
            return self.efforts[0] if word in ("none", "minimal") else None
        below = _ALL_EFFORTS[: _ALL_EFFORTS.index(word) + 1]
        return next(each for each in reversed(self.efforts) if each in below)


# Others' models that have this API (DeepSeek's, Moonshot's, Zhipu's, MiniMax's): it came to them with
# Claude 4, and they pass over what they don't know.
_OTHERS = ClaudeModel(
    adapts=False,
    budgets=True,
    off="disabled",
    thinks_unasked=False,
    efforts=(),
    samples=True,
    samples_both=True,
    forced=True,
    structured=True,
)


def named(name: str) -> ClaudeModel:
    """What a model takes, by its name at the provider."""
    found = _NAME.search(name.lower())
    if found is None:
        return _OTHERS
    family, major, minor, family_behind = found.groups()
    version = (int(major), int(minor or 0)) if major else _NEWEST
    return _of(family or family_behind or "", version)


def _of(family: str, version: tuple[int, int]) -> ClaudeModel:
    adapts = version >= (4, 6)
    return ClaudeModel(
        adapts=adapts,
        budgets=(3, 7) <= version <= (4, 6),
        off=_off(family, version),
        thinks_unasked=version >= (5, 0),
        efforts=_efforts(family, version),
        samples=version <= (4, 6),
        samples_both=version < (4, 1),
        forced=not (version >= (5, 5) and family != "haiku") and not _is_fable(family, version, (5, 1)),
        structured=version >= (4, 5) or (family == "opus" and version >= (4, 1)),
    )


def _off(family: str, version: tuple[int, int]) -> str | None:
    if _is_fable(family, version, (0, 0)) or (version >= (5, 5) and family not in ("sonnet", "haiku")):
        return None
    return "between_tools" if version >= (5, 5) and family == "sonnet" else "disabled"


def _is_fable(family: str, version: tuple[int, int], since: tuple[int, int]) -> bool:
    return family in ("fable", "mythos") and version >= since


def _efforts(family: str, version: tuple[int, int]) -> tuple[str, ...]:
    if version >= (4, 7):
        return _ALL_EFFORTS
    if version == (4, 6):
        return _EFFORTS_OF_OPUS_4_6 if family == "opus" else _EFFORTS_UP_TO_HIGH
    return _EFFORTS_UP_TO_HIGH if (family, version) == ("opus", (4, 5)) else ()
