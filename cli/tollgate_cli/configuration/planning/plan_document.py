"""A plan for programs, and as a comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_cli.configuration.planning import plan_text

if TYPE_CHECKING:
    from tollgate_cli.configuration.planning.plan import Change, FieldChange, Plan

# GitHub takes comments of at most 65,536 characters.
_MAX_COMMENT = 50_000
_MAX_REMARKS = 20
_MAX_REMARK = 500


def document(plan: Plan) -> dict[str, Any]:
    """JSON of a plan; secrets are said to differ, and not shown."""
    return {
        "label": plan.label,
        "changes": [_change(change) for change in plan.changes],
        "counts": {action.value: count for action, count in sorted(plan.counts.items())},
        "unlabelled": list(plan.unlabelled),
        "notCompared": list(plan.not_compared),
        "notes": list(plan.notes),
    }


def markdown(plan: Plan) -> str:
    """As a comment: the summary, and all changes as a diff."""
    parts = [f"**Tollgate, label `{plan.label}`**: {plan_text.summary(plan)}"]
    if plan.changes:
        shown = "\n".join(_as_diff(line.text) for line in plan_text.lines(plan, 100))
        shown = shown.rpartition("\n")[0].rstrip()
        if len(shown) > _MAX_COMMENT:
            shown = f"{shown[:_MAX_COMMENT].rpartition(chr(10))[0]}\n… and more"
        # No text of the plan may end the block.
        fence = "`" * max(3, _longest_run(shown) + 1)
        parts.append(f"{fence}diff\n{shown}\n{fence}")
    remarks = plan_text.remarks(plan)
    parts += [f"- {_code(each)}" for each in remarks[:_MAX_REMARKS]]
    parts += [f"- and {len(remarks) - _MAX_REMARKS} more"] if len(remarks) > _MAX_REMARKS else []
    return "\n\n".join(parts) + "\n"


def _change(change: Change) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "kind": change.kind.value,
        "name": change.name,
        "id": change.id or None,
        "revision": change.revision,
        "fields": [_field(each) for each in change.fields],
        "notes": list(change.notes),
    }


def _field(field: FieldChange) -> dict[str, Any]:
    if field.secret:
        return {"field": field.name, "secret": field.after}
    return {"field": field.name, "before": field.before, "after": field.after}


def _as_diff(line: str) -> str:
    """GitHub colours lines that begin with + or -, and those with ! for what changes."""
    return f"!{line[1:]}" if line.startswith("~") else line


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def _code(text: str) -> str:
    """Text that Markdown shows as it is: within code alone GitHub mentions nobody, and links nothing."""
    shown = f"{text[:_MAX_REMARK]}…" if len(text) > _MAX_REMARK else text
    fence = "`" * (_longest_run(shown) + 1)
    # A blank on either side keeps the text's own marks from joining the fence.
    return f"{fence} {shown} {fence}"
