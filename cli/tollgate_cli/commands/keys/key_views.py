"""How keys are shown: as rows and one by one, to administrators and to holders."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tollgate_cli.output.charts import gauge, share_of
from tollgate_cli.output.dollars import nonzero, usd
from tollgate_cli.output.moments import moment
from tollgate_cli.output.printer import Column, Row

Text = Callable[[Row], str | None]


def budget_style(key: Row) -> str | None:
    """The colour of what is used; red also where more is used than the state knows yet."""
    use = tightest(key)
    if use is not None and share_of(use[0], use[1]) > 1:
        return "red"
    return {"exhausted": "red", "near": "yellow"}.get(key["budgetState"])


def gauge_style(key: Row) -> str:
    """Of its gauge, which has a colour in any case, as bars of costs have."""
    return budget_style(key) or "cyan"


def status_style(key: Row) -> str | None:
    return None if key["status"] == "active" else "dim"


def tightest(key: Row) -> tuple[str, str, str] | None:
    """Used, limit and name of the budget or the quota of which the greater part is used."""
    found = []
    if key["budgetLimit"] is not None:
        found.append((key["budgetUsed"], key["budgetLimit"], "in all"))
    if key["quotaLimit"] is not None:
        found.append(
            (key["quotaUsed"] or "0", key["quotaAllowance"] or key["quotaLimit"], key["quotaPeriod"])
        )
    return max(found, key=lambda each: share_of(each[0], each[1]), default=None)


def tightest_used(key: Row) -> str:
    """What is used of it; without any limit, what is used in all."""
    use = tightest(key)
    return usd(key["budgetUsed"] if use is None else use[0])


def tightest_limit(key: Row) -> str:
    use = tightest(key)
    return "no limit" if use is None else usd(use[1])


def tightest_window(key: Row) -> str | None:
    use = tightest(key)
    return None if use is None else use[2]


def _budget(key: Row) -> str:
    if key["budgetLimit"] is None:
        return f"{usd(key['budgetUsed'])} used, no limit"
    return _use(key["budgetUsed"], key["budgetLimit"], key["budgetRemaining"], key["budgetHeld"])


def _quota(key: Row) -> str | None:
    if key["quotaLimit"] is None:
        return None
    used = _use(key["quotaUsed"], key["quotaAllowance"], key["quotaRemaining"], key["quotaHeld"])
    return f"{used}, a {key['quotaPeriod']}"


def _use(used: str | None, limit: str | None, left: str | None, held: str | None) -> str:
    used, limit = used or "0", limit or "0"
    holding = f", {usd(held)} held" if nonzero(held) else ""
    return f"{gauge(share_of(used, limit))} {usd(used)} of {usd(limit)} used{holding}, {usd(left)} left"


def _windows(key: Row) -> str | None:
    if key["quotaLimit"] is None:
        return None
    carried = [
        word
        for word, field in (("unused", "quotaCarryUnused"), ("overspend", "quotaCarryOverspend"))
        if key[field]
    ]
    begins = "" if key["quotaPeriod"] == "day" else f" from day {key['quotaStartDay']}"
    text = f"{key['quotaPeriod']}s{begins} in {key['quotaZone']}, next {moment(key['quotaResetsAt'])}"
    return f"{text}; {' and '.join(carried)} carried over" if carried else text


def _raised(key: Row) -> str | None:
    texts = [
        f"{each['window']} to {usd(each['limit'])} until {moment(each['until'])},"
        f" then {usd(each['fallsBackTo'])} again ({each['by']})"
        for each in key["temporaryLimits"]
    ]
    return "; ".join(texts) or None


def _rates(key: Row) -> str | None:
    limits = [
        ("requests a minute", "rpmLimit"),
        ("tokens a minute", "tpmLimit"),
        ("at once", "maxParallel"),
    ]
    texts = [f"{key[field]:,} {what}" for what, field in limits if key[field] is not None]
    return ", ".join(texts) or None


def _thresholds(key: Row) -> str | None:
    found = key["budgetAlertThresholds"]
    if found is None:
        return "the deployment's"
    texts = [f"{each['percent']} % {each['level']} to {', '.join(each['notify'])}" for each in found]
    return f"{'; '.join(texts) or 'none'}{' (default)' if key.get('budgetAlertThresholdsInherited') else ''}"


def _models(key: Row) -> str | None:
    allowed = key["allowedModels"]
    return None if allowed is None else ", ".join(allowed) or "none"


def pairs(name: str) -> Text:
    return lambda row: ", ".join(f"{each}={value}" for each, value in row.get(name, {}).items()) or None


def _of(name: str, text: Callable[[Any], str | None]) -> Text:
    return lambda row: None if row.get(name) is None else text(row[name])


def structure(name: str) -> Text:
    """JSON in one line; nothing where it is absent or empty."""
    return lambda row: json.dumps(row[name], ensure_ascii=False) if row.get(name) else None


def _factor(key: Row) -> str | None:
    terms = key.get("priceTermsInEffect")
    if terms is None:
        return None
    parts = [f"factor {terms['priceFactor']}{_from(key, terms['priceFactorFrom'])}"]
    parts += [
        f"{model} {each['priceFactor']}{_from(key, each['from'])}" for model, each in terms["models"].items()
    ]
    if nonzero(terms["minimumFee"]):
        parts.append(f"at least {usd(terms['minimumFee'])} a call{_from(key, terms['minimumFeeFrom'])}")
    return None if parts == ["factor 1"] else ", ".join(parts)


def _from(key: Row, source: str | None) -> str:
    return "" if source in {None, key["id"]} else f" (of {source})"


def _overage(key: Row) -> str | None:
    if key["billingMode"] != "hybrid":
        return None
    limit = f", at most {usd(key['overageLimit'])} a window" if key["overageLimit"] is not None else ""
    return key["overage"] if key["overage"] == "stop" else f"metered x {key['overageFactor']}{limit}"


def _path(key: Row) -> str | None:
    """From the root down, by names as far as `pathNames` has them."""
    names = key.get("pathNames", {})
    return " > ".join(names.get(each, each) for each in key["path"]) if len(key["path"]) > 1 else None


COLUMNS = [
    Column("ID", "id"),
    Column("Name", "name", wide=True),
    Column("Status", "status", style=status_style),
    Column("Used", tightest_used, right=True, style=budget_style),
    Column("Of", tightest_limit, right=True),
    Column("Window", tightest_window),
]
FIELDS = [
    Column("Name", "name"),
    Column("ID", "id"),
    Column("External id", lambda key: key.get("externalId")),
    Column("Managed by", lambda key: key.get("managedBy")),
    Column("Status", "status", style=lambda key: None if key["status"] == "active" else "red"),
    Column("Expires", _of("expiresAt", moment)),
    Column("Owner", "ownerEmail"),
    Column("Path", _path),
    Column("Tags", pairs("tags")),
    Column("Budget", _budget, style=budget_style),
    Column("Quota", _quota, style=budget_style),
    Column("  windows", _windows),
    Column("Raised", _raised, style=lambda _: "yellow"),
    Column("Enforcement", "enforcement"),
    Column("Packs left", lambda key: usd(key["packsLeft"]) if nonzero(key["packsLeft"]) else None),
    Column("Overcommit", "overcommit"),
    Column("Rates", _rates),
    Column("Open requests", lambda key: str(key["requestsOpen"]) if key["requestsOpen"] else None),
    Column("Models", _models),
    Column("Safety level", "safetyLevel"),
    Column("Priority", "priority"),
    Column("Prices", _factor),
    Column("  scheduled", structure("scheduledPriceFactors")),
    Column("Billing mode", "billingMode"),
    Column("Cost centre", "costCentre"),
    Column("Overage", _overage),
    Column("Alerts", _thresholds),
    Column("Refusal status", "budgetRefusalStatus"),
    Column("Downgrade", structure("downgrade")),
    Column("  in force now", lambda key: "yes" if key.get("downgrading") else None),
    Column("Reserves", structure("priorityReserves")),
    Column("Increases", structure("automaticIncrease")),
    Column("Keeps bodies", lambda key: "yes" if key["keepBodies"] else None),
    Column("May manage children", "manageChildren"),
    Column("Old secrets until", _of("previousSecretsValidUntil", moment)),
    Column("Last used", lambda key: moment(key["lastUsedAt"]) or "never"),
    Column("Created", _of("createdAt", moment)),
    Column("Revision", "revision"),
]
# After a change of limits: what was changed, and how the key stands with it.
BRIEF = [
    each
    for each in FIELDS
    if each.title in {"Name", "ID", "Status", "Budget", "Quota", "Raised", "Enforcement", "Revision"}
]
