"""Asking for a higher limit, and what may be decided by whom."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from tests.support.asking_world import ANN, BOSS, LEAD
from tests.support.key_client import KeyClient
from tollgate.alerts.alerts import AlertKind
from tollgate.clock import rfc3339


def code_of(answer):
    return answer.status, answer.json["error"]["code"]


def test_a_holder_asks_and_an_operator_approves(asking):
    answer = asking.ask()
    asked = answer.json
    assert answer.status == 201
    assert (asked["state"], asked["limit"], asked["limitWhenAsked"]) == ("pending", "20", "10")
    assert asked["budget"] == {
        "limit": "10", "allowance": "10", "used": "0", "held": "0", "remaining": "10", "resetsAt": None,
    }  # fmt: skip
    approved = asking.admin("POST", f"/budget-requests/{asked['id']}/approve")
    assert approved.status == 200, approved.text
    assert approved.json["state"] == "approved"
    assert approved.json["decision"]["limit"] == "20"
    assert approved.json["budget"]["limit"] == "20"
    assert asking.key()["budgetLimit"] == "20"
    assert asking.actions() == [["key.create"], ["increase.ask"], ["budget.raise", "increase.approve"]]


def test_asking_again_returns_the_pending_request(asking):
    first = asking.ask()
    second = asking.ask(limit="30", reason="another")
    assert (first.status, second.status) == (201, 200)
    assert first.json == second.json
    assert asking.actions() == [["key.create"], ["increase.ask"]]


def test_each_window_has_its_own_request(asking):
    path = f"/apiKey/{asking.ann['id']}/budget"
    asking.admin("PUT", path, {"budgetLimit": "10", "quotaLimit": "5", "quotaPeriod": "week"})
    total, weekly = asking.asked(), asking.asked(window="week", limit="7.5")
    assert total != weekly
    done = asking.admin("POST", f"/budget-requests/{weekly}/approve").json
    assert (done["window"], done["budget"]["limit"]) == ("week", "7.5")
    assert (asking.key()["quotaLimit"], asking.key()["budgetLimit"]) == ("7.5", "10")
    assert asking.request(total)["state"] == "pending"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"limit": "10"}, "limit"),
        ({"limit": "5"}, "limit"),
        ({"window": "month"}, "window"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"until": "9000-01-01T00:00:00Z"}, "until"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "a\r\nBcc: all@example.com"}, "reason"),
        ({"window": "year"}, "window"),
    ],
)
def test_what_cannot_be_asked_for(asking, body, field):
    answer = asking.ask(**body)
    assert code_of(answer) == (400, "invalid_parameter")
    assert answer.json["error"]["param"] == field
    assert asking.alerts() == []


def test_a_parents_holder_approves_within_its_own_limits(asking):
    request_id = asking.asked(limit="60")
    lead = asking.holder(asking.team)
    refused = lead("POST", f"/budget-requests/{request_id}/approve")
    assert code_of(refused) == (409, "conflict")
    assert "must not exceed" in refused.json["error"]["message"]
    assert "50 USD" in refused.json["error"]["message"]
    assert asking.request(request_id)["state"] == "pending"
    revision = asking.key()["revision"]

    done = lead("POST", f"/budget-requests/{request_id}/approve", {"limit": "45", "note": "take this"})

    assert (done.status, done.json["state"]) == (200, "approved"), done.text
    assert (done.json["decision"]["limit"], done.json["decision"]["note"]) == ("45", "take this")
    key = asking.key()
    assert (key["budgetLimit"], key["revision"]) == ("45", revision + 1)
    change = asking.admin("GET", "/audit", entity=asking.ann["id"]).json["data"][0]
    assert (change["actor"], change["after"]["budgetRequest"]) == (asking.team["id"], request_id)


def test_a_parent_that_does_not_overcommit_says_what_is_short(asking):
    asking.admin("PUT", f"/apiKey/{asking.team['id']}/budget", {"budgetLimit": "50", "overcommit": False})
    asking.admin.key(parentId=asking.team["id"], budgetLimit="25")
    request_id = asking.asked(limit="30")
    refused = asking.admin("POST", f"/budget-requests/{request_id}/approve")
    assert refused.status == 409
    assert "has given 25 of its 50 USD to other children" in refused.json["detail"]
    assert asking.admin("POST", f"/budget-requests/{request_id}/approve", {"limit": "25"}).status == 200
    assert asking.key()["budgetLimit"] == "25"


def test_a_key_above_that_has_less_than_what_lies_between_approves_no_more_than_it_has(asking):
    asking.admin("PUT", f"/apiKey/{asking.company['id']}/budget", {"budgetLimit": "15"})
    request_id = asking.asked(limit="20")
    refused = asking.holder(asking.company)("POST", f"/budget-requests/{request_id}/approve")
    assert code_of(refused) == (409, "conflict")
    assert "15 USD" in refused.json["error"]["message"]


def test_nobody_decides_what_is_their_own(asking):
    own = asking.asked()
    path = f"/budget-requests/{own}"
    for verb, body in (("approve", None), ("deny", {"reason": "no"})):
        refused = asking.holder(asking.ann)("POST", f"{path}/{verb}", body)
        assert code_of(refused) == (403, "key_management_not_allowed")
    assert asking.holder(asking.ann)("POST", f"{path}/withdraw").json["state"] == "withdrawn"
    asking.pass_time(hours=1)

    on_behalf = asking.ask(asking.team, keyId=asking.ann["id"]).json["id"]
    refused = asking.holder(asking.team)("POST", f"/budget-requests/{on_behalf}/approve")
    assert code_of(refused) == (403, "key_management_not_allowed")
    assert asking.holder(asking.company)("POST", f"/budget-requests/{on_behalf}/approve").status == 200
    assert asking.key()["budgetLimit"] == "20"


def test_a_key_that_may_not_manage_others_decides_nothing(asking):
    asking.admin("PATCH", f"/apiKey/{asking.team['id']}", {"manageChildren": False})
    request_id = asking.asked()
    for verb, body in (("approve", None), ("deny", {"reason": "no"})):
        refused = asking.holder(asking.team)("POST", f"/budget-requests/{request_id}/{verb}", body)
        assert code_of(refused) == (403, "key_management_not_allowed")
    assert {each.address for each in asking.alerts()[0].deliveries.values()} == {BOSS, None}


def test_a_stranger_sees_no_request_and_learns_of_none(asking):
    request_id = asking.asked()
    stranger = KeyClient(asking.admin, asking.admin.managing_key()["key"])
    child = KeyClient(asking.admin, asking.holder(asking.ann).child()["key"])
    for client in (stranger, child):
        for call in (
            ("GET", f"/budget-requests/{request_id}"),
            ("POST", f"/budget-requests/{request_id}/withdraw"),
            ("POST", f"/budget-requests/{request_id}/approve"),
            ("POST", f"/budget-requests/{request_id}/deny", {"reason": "no"}),
            ("GET", f"/budget-requests/{request_id[:-1]}9"),
            ("GET", "/budget-requests/sk-tg-secret"),
        ):
            answer = client(*call)
            assert code_of(answer) == (404, "budget_request_not_found")
            assert "brq_" not in answer.text
            assert "sk-tg" not in answer.text
    assert asking.holder(asking.ann)("GET", f"/budget-requests/{request_id[:-1]}9").status == 404
    assert asking.ask(asking.ann, keyId=asking.team["id"]).status == 404


def test_a_denial_has_a_reason_and_keeps_the_holder_from_asking_for_a_day(asking):
    request_id = asking.asked()
    denied = asking.admin("POST", f"/budget-requests/{request_id}/deny", {"reason": "not this month"})
    assert (denied.json["state"], denied.json["decision"]["note"]) == ("denied", "not this month")
    assert asking.holder(asking.ann)("GET", f"/budget-requests/{request_id}").json["state"] == "denied"
    assert code_of(asking.ask()) == (409, "conflict")
    asking.pass_time(hours=24)
    assert asking.asked() != request_id
    assert asking.actions()[1:] == [["increase.ask"], ["increase.deny"], ["increase.ask"]]
    assert asking.key()["budgetLimit"] == "10"


def test_a_request_that_was_withdrawn_is_followed_by_another_an_hour_after_it_was_made(asking):
    request_id = asking.asked()
    done = asking.holder(asking.ann)("POST", f"/budget-requests/{request_id}/withdraw")
    assert (done.json["state"], done.json["decision"]) == ("withdrawn", None)
    assert asking.ask().status == 409
    asking.pass_time(hours=1)
    assert asking.ask().status == 201


def test_only_who_asked_or_is_asked_for_withdraws(asking):
    request_id = asking.asked()
    refused = asking.holder(asking.team)("POST", f"/budget-requests/{request_id}/withdraw")
    assert code_of(refused) == (403, "key_management_not_allowed")
    assert asking.request(request_id)["state"] == "pending"


def test_a_request_expires_after_seven_days(asking):
    request_id = asking.asked()
    asking.pass_time(days=7, milliseconds=-4)
    assert asking.ask().json["id"] == request_id
    assert asking.request(request_id)["state"] == "pending"
    asking.pass_time(milliseconds=1)
    assert asking.request(request_id)["state"] == "expired"
    for verb, body in (("approve", None), ("deny", {"reason": "late"})):
        answer = asking.admin("POST", f"/budget-requests/{request_id}/{verb}", body)
        assert (answer.status, "expired" in answer.text) == (409, True)
    assert asking.holder(asking.ann)("POST", f"/budget-requests/{request_id}/withdraw").status == 409
    assert asking.asked() != request_id


@pytest.mark.parametrize("first", ["approve", "deny", "withdraw"])
@pytest.mark.parametrize("second", ["approve", "deny", "withdraw"])
def test_what_has_ended_is_ended_once(asking, first, second):
    request_id = asking.asked()

    def end(verb, **body):
        body = {"reason": "no"} if verb == "deny" else body or None
        who = asking.holder(asking.ann) if verb == "withdraw" else asking.admin
        return who("POST", f"/budget-requests/{request_id}/{verb}", body)

    done = end(first)
    again = end(second)
    assert (done.status, again.status) == (200, 200 if first == second else 409)
    if first == "approve":
        assert end("approve", limit="30").status == 409
    assert asking.key()["budgetLimit"] == ("20" if first == "approve" else "10")
    assert len(asking.actions()) == 3


def test_a_key_whose_limit_was_raised_meanwhile_gets_no_lower_one(asking):
    request_id = asking.asked(limit="20")
    asking.admin("PUT", f"/apiKey/{asking.ann['id']}/budget", {"budgetLimit": "25"})
    refused = asking.admin("POST", f"/budget-requests/{request_id}/approve")
    assert refused.status == 409
    assert "must be above the present limit, 25 USD" in refused.json["detail"]
    assert asking.key()["budgetLimit"] == "25"


def test_a_revoked_key_gets_nothing(asking):
    request_id = asking.asked()
    asking.admin("POST", f"/apiKey/{asking.ann['id']}/revoke")
    refused = asking.admin("POST", f"/budget-requests/{request_id}/approve")
    assert (refused.status, "revoked" in refused.json["detail"]) == (409, True)
    assert asking.request(request_id)["state"] == "pending"


def test_a_deleted_key_leaves_a_request_that_nobody_can_approve(asking):
    request_id = asking.asked()
    assert asking.admin("DELETE", f"/apiKey/{asking.ann['id']}").status == 200
    shown = asking.request(request_id)
    assert (shown["budget"], shown["keyName"]) == (None, None)
    refused = asking.admin("POST", f"/budget-requests/{request_id}/approve")
    assert (refused.status, "no longer exists" in refused.json["detail"]) == (409, True)
    denied = asking.admin("POST", f"/budget-requests/{request_id}/deny", {"reason": "it is gone"})
    assert denied.json["state"] == "denied"


def test_a_key_that_was_moved_is_decided_by_those_above_it_now(asking):
    request_id = asking.asked()
    other = asking.admin.managing_key(budgetLimit="30")
    asking.admin("PATCH", f"/apiKey/{asking.ann['id']}", {"parentId": other["id"]})
    old, new = asking.holder(asking.team), KeyClient(asking.admin, other["key"])
    assert code_of(old("POST", f"/budget-requests/{request_id}/approve"))[0] == 404
    assert old("GET", "/budget-requests", below="true").json["data"] == []
    listed = new("GET", "/budget-requests", keyId=asking.ann["id"]).json["data"]
    assert [each["id"] for each in listed] == [request_id]
    assert new("POST", f"/budget-requests/{request_id}/approve").status == 200


def test_lists_show_what_is_asked_by_whom_with_live_spend(asking):
    mine = asking.asked()
    asking.pass_time(minutes=1)
    theirs = asking.asked(asking.team, limit="70")
    asking.admin.services.keys.client.update_item(
        TableName=asking.admin.services.keys.table,
        Key={"key_id": {"S": asking.ann["id"]}},
        UpdateExpression="SET budget_used = :used, budget_available = :left",
        ExpressionAttributeValues={":used": {"N": "9"}, ":left": {"N": "1"}},
    )

    def ids(client, **query):
        return [each["id"] for each in client("GET", "/budget-requests", **query).json["data"]]

    ann, lead, boss = map(asking.holder, (asking.ann, asking.team, asking.company))
    assert ids(asking.admin) == [theirs, mine]
    assert (ids(ann), ids(lead), ids(boss)) == ([mine], [theirs], [])
    assert (ids(ann, below="true"), ids(lead, below="true"), ids(boss, below="true")) == (
        [],
        [mine],
        [theirs, mine],
    )
    assert ids(boss, keyId=asking.ann["id"]) == [mine]
    assert ids(asking.admin, keyId=asking.ann["id"]) == [mine]
    shown = asking.admin("GET", "/budget-requests", keyId=asking.ann["id"]).json["data"][0]
    assert (shown["budget"]["used"], shown["budget"]["remaining"]) == ("9", "1")
    asking.admin("POST", f"/budget-requests/{mine}/deny", {"reason": "no"})
    assert ids(asking.admin, state="pending") == [theirs]
    assert ids(boss, below="true", state="denied") == [mine]
    asking.pass_time(days=8)
    assert ids(asking.admin, state="pending") == []
    assert ids(asking.admin, state="expired") == [theirs]


def test_lists_go_on_page_by_page(asking):
    keys = [asking.admin.key(parentId=asking.team["id"], budgetLimit="1") for _ in range(5)]
    made = []
    for key in keys:
        made.append(asking.asked(key, limit="2"))
        asking.pass_time(seconds=1)
    for client, query in ((asking.admin, {}), (asking.holder(asking.company), {"below": "true"})):
        found, cursor, pages = [], {}, 0
        while cursor is not None:
            page = client("GET", "/budget-requests", limit="2", **query, **cursor).json
            found += [each["id"] for each in page["data"]]
            cursor = {"cursor": page["nextCursor"]} if page["nextCursor"] else None
            pages += 1
        assert (found, pages) == (made[::-1], 3)


def test_a_holder_is_shown_no_key_above(asking):
    on_behalf = asking.ask(asking.team, keyId=asking.ann["id"]).json
    shown = asking.holder(asking.ann)("GET", f"/budget-requests/{on_behalf['id']}")
    assert (on_behalf["askedBy"], shown.json["askedBy"]) == (asking.team["id"], None)
    asking.holder(asking.company)("POST", f"/budget-requests/{on_behalf['id']}/approve")
    for client in (asking.holder(asking.ann), asking.holder(asking.team)):
        answer = client("GET", f"/budget-requests/{on_behalf['id']}")
        assert answer.json["decision"]["limit"] == "20"
        assert asking.company["id"] not in answer.text


def test_a_table_for_spreadsheets_runs_nothing_that_was_typed(asking):
    request_id = asking.asked(reason="=HYPERLINK(1)")
    asking.admin("POST", f"/budget-requests/{request_id}/deny", {"reason": '@no, "never"'})
    answer = asking.admin("GET", "/budget-requests", format="csv")
    assert answer.headers["content-type"].startswith("text/csv")
    header, row, end = answer.text.split("\r\n")
    assert (header.split(",")[0], end) == ("id", "")
    assert ",'=HYPERLINK(1)," in row
    assert row.endswith(',"\'@no, ""never"""')


def test_a_table_leads_to_the_one_of_the_next_page(asking):
    first = asking.asked()
    asking.admin("POST", f"/budget-requests/{first}/deny", {"reason": "no"})
    asking.pass_time(days=1, minutes=1)
    second = asking.asked()

    def ids(answer):
        return [row.split(",")[0] for row in answer.text.split("\r\n")[1:-1]]

    page = asking.admin("GET", "/budget-requests", format="csv", limit="1")
    link, relation = page.headers["link"].split("; ")
    assert relation == 'rel="next"'
    following = dict(parse_qsl(link.strip("<>").removeprefix("?")))
    assert (following["format"], following["limit"]) == ("csv", "1")
    rest = asking.admin("GET", "/budget-requests", **{**following, "limit": "50"})
    assert (ids(page), ids(rest)) == ([second], [first])
    assert "link" not in rest.headers


def test_approvers_are_mailed_when_asked_and_the_asker_when_decided(asking):
    asking.admin(
        "PUT",
        "/alerts/defaults",
        {**asking.admin("GET", "/alerts/defaults").json, "adminEmails": ["ops@example.com"]},
    )
    request_id = asking.asked()
    (asked,) = asking.alerts()
    assert asked.content.kind is AlertKind.INCREASE_ASKED
    assert {each.address for each in asked.deliveries.values()} == {BOSS, LEAD, "ops@example.com", None}
    assert (asked.content.increase.request_id, asked.content.increase.reason) == (request_id, "a release")
    asking.pass_time(minutes=1)
    asking.holder(asking.team)("POST", f"/budget-requests/{request_id}/approve")
    _, told = asking.alerts()
    assert told.content.kind is AlertKind.INCREASE_APPROVED
    assert {each.address for each in told.deliveries.values()} == {ANN}
    assert (told.content.limit, told.content.increase.by) == (20, "the holder of a key above it")
    assert {each.state for each in told.deliveries.values()} == {"pending"}, (
        "it is the alerts function's to send"
    )


def test_who_asks_on_behalf_hears_of_it_too(asking):
    request_id = asking.ask(asking.team, keyId=asking.ann["id"]).json["id"]
    assert {each.address for each in asking.alerts()[0].deliveries.values()} == {BOSS, None}
    asking.pass_time(minutes=1)
    asking.admin("POST", f"/budget-requests/{request_id}/deny", {"reason": "no"})
    assert {each.address for each in asking.alerts()[1].deliveries.values()} == {ANN, LEAD}


def test_nobody_floods_approvers(asking):
    hostile = asking.holder(asking.ann)
    children = [hostile.child(budgetLimit="1") for _ in range(22)]
    for key in children:
        asking.asked(key, limit="2")
    told = [alert for key in children for alert in asking.alerts(key)]
    for address in (ANN, LEAD, BOSS, None):
        mails = [each for alert in told for each in alert.deliveries.values() if each.address == address]
        assert len(mails) == 20
    listed = asking.admin("GET", "/budget-requests", state="pending").json["data"]
    assert len(listed) == 22
    asking.pass_time(hours=1, seconds=1)
    asking.asked(asking.team, limit="60")
    assert len(asking.alerts(asking.team)) == 1


def test_nobody_floods_owners_by_asking_and_approving_on_and_on(asking):
    """Whoever holds a key and one above it, in whose name others are written to."""
    for number in range(22):
        request_id = asking.asked(limit=f"{11 + number}")
        done = asking.holder(asking.team)("POST", f"/budget-requests/{request_id}/approve")
        assert done.json["state"] == "approved"
    told = [each for each in asking.alerts() if each.content.kind is AlertKind.INCREASE_APPROVED]
    assert len(told) == 20
    asking.pass_time(hours=1)
    request_id = asking.asked(limit="40")
    asking.holder(asking.team)("POST", f"/budget-requests/{request_id}/approve")
    told = [each for each in asking.alerts() if each.content.kind is AlertKind.INCREASE_APPROVED]
    assert len(told) == 21


def test_a_limit_that_is_granted_until_a_time_falls_back_then(asking):
    until = asking.now.replace(microsecond=0) + timedelta(days=3)
    request_id = asking.asked(until=rfc3339(until))
    done = asking.admin("POST", f"/budget-requests/{request_id}/approve", {"limit": "18"}).json
    assert (done["until"], done["decision"]["until"]) == (rfc3339(until), rfc3339(until))
    assert (done["budget"]["limit"], asking.key()["budgetLimit"]) == ("18", "18")
    noted = asking.admin.services.keys.get(asking.ann["id"]).raises["total"]
    assert (noted.base, noted.limit, noted.until, noted.reference) == (10, 18, until, request_id)
    asking.now = until - timedelta(milliseconds=1)
    assert asking.key()["budgetLimit"] == "18"
    asking.now = until
    assert asking.key()["budgetLimit"] == "10"
    assert asking.request(request_id)["state"] == "approved"
    assert asking.ask().status == 201


def test_whoever_approves_may_leave_the_end_out_or_set_one(asking):
    later = rfc3339(asking.now + timedelta(days=3))
    for_good = asking.asked(until=later)
    asking.admin("POST", f"/budget-requests/{for_good}/approve", {"until": None})
    assert asking.admin.services.keys.get(asking.ann["id"]).raises == {}
    ending = asking.asked(limit="30")
    done = asking.admin("POST", f"/budget-requests/{ending}/approve", {"until": later})
    assert done.json["decision"]["until"] == later
    asking.pass_time(days=4)
    assert asking.key()["budgetLimit"] == "20"
