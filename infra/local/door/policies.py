"""What a role's policies say to a request, by IAM's rules.

An explicit denial counts before any allowance, and without an allowance there is an implicit denial:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
Conditions: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
and, of keys with several values,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html

What isn't known here is an error and no refusal: a policy that is half understood proves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_ALL, _ANY = "ForAllValues:", "ForAnyValue:"
_IF_EXISTS = "IfExists"
_ELEMENTS = frozenset({"Sid", "Effect", "Action", "Resource", "NotResource", "Condition"})
_VARIABLE = "${"
# What requests have here, by the service of a statement's actions.
CONTEXT_KEYS = {
    "dynamodb": frozenset(
        {
            "dynamodb:Attributes",
            "dynamodb:EnclosingOperation",
            "dynamodb:LeadingKeys",
            "dynamodb:ReturnConsumedCapacity",
            "dynamodb:ReturnValues",
            "dynamodb:Select",
        }
    ),
    "ses": frozenset({"ses:FromAddress"}),
}


class PolicyError(Exception):
    """A policy has something that isn't known here."""


class Access(NamedTuple):
    """One of the things that a request asks for, which all must be allowed."""

    action: str
    resource: str
    context: Mapping[str, Sequence[str]] = {}
    """By condition key."""


@lru_cache(maxsize=4096)
def _pattern(text: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    parts = (wildcards.get(each) or re.escape(each) for each in text)
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _like(value: str, wanted: str) -> bool:
    return _pattern(wanted).fullmatch(value) is not None


def _arn_like(value: str, wanted: str) -> bool:
    """Part by part: `*` doesn't reach beyond a colon, but in the last of an ARN's six parts."""
    parts, patterns = value.split(":", 5), wanted.split(":", 5)
    return len(parts) == len(patterns) == 6 and all(map(_like, parts, patterns))


# Whether a value of the request is as one of the policy; the negated ones want it to be as none.
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringLike": _like,
    "ArnLike": _arn_like,
    "ArnEquals": _arn_like,
}
_NEGATED = {"StringNotEquals": "StringEquals", "StringNotLike": "StringLike"}


@dataclass(frozen=True)
class Condition:
    operator: str
    """As it is written, with its prefix and suffix."""
    key: str
    values: tuple[str, ...]

    @classmethod
    def read(cls, operator: str, key: str, values: Any) -> Condition:
        """Raises PolicyError."""
        wanted = listed(values)
        if any(not isinstance(each, str) or _VARIABLE in each for each in wanted):
            raise PolicyError(f"A value of {key} is no text, or has a variable: {wanted}")
        made = cls(operator, key, tuple(wanted))
        if made._base not in _OPERATORS and made._base not in _NEGATED:
            raise PolicyError(f"The operator {operator} isn't known")
        return made

    @property
    def _base(self) -> str:
        return self.operator.removeprefix(_ALL).removeprefix(_ANY).removesuffix(_IF_EXISTS)

    def holds(self, context: Mapping[str, Sequence[str]]) -> bool:
        given = context.get(self.key)
        if self.operator.startswith(_ALL):
            return given is None or all(map(self._meets, given))
        if given is None and self.operator.endswith(_IF_EXISTS):
            return True
        if self.operator.startswith(_ANY):
            return any(map(self._meets, given or ()))
        if given is None:
            return self._base in _NEGATED
        if len(given) != 1:
            raise PolicyError(f"{self.key} has several values, for which {self.operator} has no rule")
        return self._meets(given[0])

    def _meets(self, value: str) -> bool:
        negated = _NEGATED.get(self._base)
        compare = _OPERATORS[negated or self._base]
        return any(compare(value, each) for each in self.values) is not bool(negated)

    def used(self, context: Mapping[str, Sequence[str]]) -> frozenset[str]:
        """Those of its values that the request had a use for."""
        compare = _OPERATORS[_NEGATED.get(self._base, self._base)]
        given = context.get(self.key, ())
        return frozenset(wanted for wanted in self.values if any(compare(each, wanted) for each in given))


@dataclass(frozen=True)
class Statement:
    name: str
    """Of the policy, and the statement's place in it."""
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    spared: tuple[str, ...]
    """NotResource: what the statement isn't about. Either this or `resources` is empty."""
    conditions: tuple[Condition, ...]

    @classmethod
    def read(cls, name: str, written: Mapping[str, Any]) -> Statement:
        """Raises PolicyError."""
        unknown = written.keys() - _ELEMENTS
        if unknown or written["Effect"] not in {"Allow", "Deny"}:
            raise PolicyError(f"{name} has {sorted(unknown)} and the effect {written['Effect']}")
        made = cls(
            name,
            written["Effect"] == "Allow",
            tuple(listed(written["Action"])),
            tuple(listed(written.get("Resource", []))),
            tuple(listed(written.get("NotResource", []))),
            tuple(
                Condition.read(operator, key, values)
                for operator, keys in written.get("Condition", {}).items()
                for key, values in keys.items()
            ),
        )
        made._require_known_keys()
        return made

    def _require_known_keys(self) -> None:
        services = {action.partition(":")[0] for action in self.actions}
        for condition in self.conditions:
            for service in services & CONTEXT_KEYS.keys():
                if condition.key not in CONTEXT_KEYS[service]:
                    raise PolicyError(f"{self.name}: no request to {service} has {condition.key} here")

    def is_about(self, action: str, resource: str) -> bool:
        if not any(_pattern(each, ignore_case=True).fullmatch(action) for each in self.actions):
            return False
        if self.spared:
            return not any(_like(resource, each) for each in self.spared)
        return any(_like(resource, each) for each in self.resources)

    def matches(self, access: Access) -> bool:
        """Of one that it is about: whether all of its conditions hold."""
        return all(condition.holds(access.context) for condition in self.conditions)


class Judgement(NamedTuple):
    allowed: bool
    explicit: bool
    """Whether a statement denies it. If not, it takes one that allows it."""
    statements: tuple[Statement, ...]
    """Those that allow it, or those that deny it."""


class Policies:
    """A role's statements, of all of its policies."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self.statements = tuple(statements)
        self._about: dict[tuple[str, str], tuple[Statement, ...]] = {}

    def judge(self, access: Access) -> Judgement:
        """Raises PolicyError."""
        asked = access.action, access.resource
        about = self._about.get(asked)
        if about is None:
            about = tuple(each for each in self.statements if each.is_about(*asked))
            self._about[asked] = about
        matching = [each for each in about if each.matches(access)]
        denying = tuple(each for each in matching if not each.allows)
        if denying:
            return Judgement(allowed=False, explicit=True, statements=denying)
        return Judgement(allowed=bool(matching), explicit=False, statements=tuple(matching))


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
