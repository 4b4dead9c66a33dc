"""The mail that an alert becomes."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from tests.support.notices import ODD_NAMES, TOMORROW, notice, of_each_kind, of_increases
from tollgate.alerts.alerts import AlertKind, Spending, SpendingBurst
from tollgate.ledger.billing.phases import Phase
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.thresholds import Level, Recipient
from tollgate.money import ZERO
from tollgate_alerts.message.colours import DARK, LIGHT, Tone
from tollgate_alerts.message.content import message_content
from tollgate_alerts.message.mail import mail
from tollgate_alerts.message.topic import topic_message


class Page(HTMLParser):
    """What a page shows, and what it is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


def flat(text: str) -> str:
    return " ".join(text.split())


def shown(html: str) -> str:
    return flat(" ".join(Page(html).text))


def both(asked) -> list[str]:
    made = mail(asked)
    return [flat(made.text), shown(made.html)]


def assert_both_say(asked, *sentences):
    for text in both(asked):
        for sentence in sentences:
            assert sentence in text


def assert_neither_says(asked, *sentences):
    for text in both(asked):
        for sentence in sentences:
            assert sentence not in text


@pytest.mark.parametrize(
    ("asked", "subject"),
    list(
        zip(
            of_each_kind(),
            [
                "Urgent: search team has used 95 % of its budget",
                "Warning: search team has used 80 % of its monthly budget",
                "Limit reached: search team has used 100 % of its budget",
                "Limit reached: search team has used 100 % of its monthly budget",
                "Urgent, reminder: search team is still at or above 95 % of its budget",
                "Warning, forecast: search team will use up its budget around 15 Mar, 68 % used",
                "Recovered: search team is below the limit of its budget again, 81 % used",
                "Test, urgent: Sample alert for search team at 95 % of its budget",
                "Request: search team asks for a higher budget: $20.00 instead of $10.00",
                "Approved: search team has a higher budget until 15 Mar: $18.00",
                "Approved: search team has a higher budget: $18.00",
                "Denied: search team gets no higher budget",
                "Ends soon: The temporary budget of search team ends on 15 Mar",
                "Ended: The temporary budget of search team has ended: it is $10.00 now",
                "Metering: search team has used its monthly quota, and metering has begun",
                "Pack nearly used: search team has used 92 % of a pack of $10.00",
                "Pack expires soon: A pack of search team expires on 21 Mar with $6.00 left",
                "Downgrading: Other models serve search team: 91 % of its monthly budget is used",
                "Limit raised: The budget of search team was raised from $10.00 to $15.00",
                "Limit back: The budget of search team is $10.00 again",
            ],
            strict=True,
        )
    ),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_subject_says_the_level_the_key_and_the_percent(asked, subject):
    assert mail(asked).subject == f"[Tollgate] {subject}"


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("kind", AlertKind)
def test_a_subject_is_one_short_line_whatever_the_name(kind, name):
    subject = mail(notice(kind=kind, name=name, exhausted_at=TOMORROW)).subject
    assert len(subject) < 160
    categories = {unicodedata.category(each) for each in subject if each != "\u200d"}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_a_key_without_a_name_that_can_be_shown_goes_by_its_id():
    assert "key_0123456789abcdef has used 95 %" in mail(notice(name="\x00\u200b")).subject


@pytest.mark.parametrize("asked", [*of_each_kind(), *(notice(name=name) for name in ODD_NAMES)])
def test_text_and_page_say_the_same(asked):
    written = message_content(asked)
    says = [
        written.label,
        written.title,
        *written.summary,
        *written.consequences,
        *written.advice,
        written.audience,
        *(each for row in (*written.facts, *written.top_models, *written.references) for each in row),
    ]
    for text in both(asked):
        assert [each for each in says if flat(each) not in text] == []


@pytest.mark.parametrize("reason", ODD_NAMES)
def test_what_a_holder_has_typed_is_one_line_in_quotes_and_no_part_of_a_subject(reason):
    for asked in of_increases(reason)[:4]:
        made, plain = mail(asked), mail(replace_typed(asked))
        assert made.subject == plain.subject
        assert len(made.text.splitlines()) == len(plain.text.splitlines())
        assert [tag for tag, _ in Page(made.html).tags] == [tag for tag, _ in Page(plain.html).tags]
        assert "https://evil" not in made.text + made.html
        told = json.loads(topic_message(asked).message)
        assert "evil.example" not in told["content"]["description"]
        assert told["metadata"]["additionalContext"]["budgetRequestId"] == "brq_0123456789abcdeft1"


def replace_typed(asked):
    note = asked.alert.content.increase
    plain = replace(note, reason=note.reason and "x", note=note.note and "x")
    content = replace(asked.alert.content, increase=plain)
    return replace(asked, alert=replace(asked.alert, content=content))


def test_approvers_are_told_how_to_answer_and_askers_what_became_of_it():
    asked, granted, _, denied, ending, ended = of_increases()
    assert_both_say(
        asked,
        "The holder of search team asks for a limit of $20.00 for its budget.",
        "POST /v1/budget-requests/brq_0123456789abcdeft1/approve or /deny, with your key",
        "POST /api/admin/budget-requests/brq_0123456789abcdeft1/approve or /deny",
        "“a release”",
        "as the owner of a key above search team",
    )
    assert_both_say(
        granted, "an administrator has approved $18.00, until 15 Mar 2026", "falls back to $10.00"
    )
    assert_both_say(denied, "an administrator has denied it", "The limit stays as it is", "has no owner")
    assert_both_say(ending, "until 15 Mar 2026", "ask again with POST /v1/budget-requests")
    assert_both_say(ended, "The limit of $18.00 that was approved has ended", "$5.00 over the limit")
    assert_both_say(ended, "New requests are refused with the error code budget_exhausted")


# What clients make links of.
LINK = re.compile(r"://|www\.|\b[\w-]+\.(?:example|com)\b")
OURS = {"https://console.example.com/", "jo@example.com"}
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize("self_named", [True, False])
@pytest.mark.parametrize("kind", AlertKind)
@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_strangers_name_smuggles_nothing_into_a_body(name, kind, self_named):
    asked = notice(name=name, kind=kind, exhausted_at=TOMORROW, self_named=self_named)
    made = mail(asked)
    for text in (made.text, " ".join(Page(made.html).text), topic_message(asked).message):
        rest = text
        for each in OURS:
            rest = rest.replace(each, "")
        assert LINK.search(rest) is None
        seen = text.replace("\n", "").translate(dict.fromkeys(map(ord, "\u2068\u2069\u200c\u200d\u034f")))
        assert not {unicodedata.category(each) for each in seen} & INVISIBLE
        assert len(text) < 6000


def test_no_line_of_a_text_begins_within_a_strangers_name():
    known = {line.split()[0] for line in mail(notice()).text.splitlines() if line}
    for length in range(40, 76):
        name = "x" * length + " Console: go there"
        made = mail(notice(name=name, self_named=True)).text
        assert not [line for line in made.splitlines() if line.startswith("Console: go")]
        firsts = {line.split()[0] for line in made.splitlines() if line}
        assert "Console:" in known & firsts  # our own


def test_a_strangers_name_stands_in_quotes_and_an_admins_does_not():
    quoted = "“search team” has used 95 % of its budget"
    assert_both_say(notice(self_named=True), quoted)
    assert_neither_says(notice(), quoted)
    assert quoted not in mail(notice(self_named=True)).subject


@pytest.mark.parametrize("asked", [*of_each_kind(), *(notice(name=name) for name in ODD_NAMES)])
def test_a_page_is_complete_in_itself_and_holds_no_foreign_markup(asked):
    html = mail(asked).html
    page = Page(html)
    assert page.open == []
    names = {tag for tag, _ in page.tags}
    assert not names & {"img", "script", "link", "iframe", "form", "svg", "object"}
    assert "url(" not in html
    assert "@import" not in html
    links = [attributes["href"] for tag, attributes in page.tags if "href" in attributes]
    assert links == ["https://console.example.com/"]
    assert not any("src" in attributes for _, attributes in page.tags)


def test_a_page_tells_clients_of_its_language_and_its_two_sets_of_colours():
    html = mail(notice()).html
    tags = Page(html).tags
    assert ("html", {"lang": "en"}) in tags
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in tags
    assert "@media (prefers-color-scheme: dark)" in html


def test_a_page_has_no_colours_but_those_whose_contrast_is_tested():
    known = set()
    for palette in (LIGHT, DARK):
        known |= {getattr(palette, name) for name in palette.__slots__ if name != "tones"}
        known |= set(palette.tones.values())
    used = {colour for asked in of_each_kind() for colour in re.findall(r"#[0-9a-f]{6}\b", mail(asked).html)}
    assert used == known


@pytest.mark.parametrize(
    ("used", "widths"),
    [("0", [100]), ("0.05", [1, 99]), ("9.73", [97, 3]), ("10", [100]), ("25", [100])],
)
def test_the_bar_is_as_long_as_what_is_used(used, widths):
    tags = Page(mail(notice(used=used)).html).tags
    assert [int(each["width"][:-1]) for tag, each in tags if tag == "td" and "width" in each] == widths


def test_the_bar_has_the_colour_of_its_level():
    cells = [each for tag, each in Page(mail(notice()).html).tags if tag == "td" and "width" in each]
    assert cells[0]["class"] == "tone-urgent"
    assert LIGHT.tones[Tone.URGENT] in cells[0]["style"]


def test_mail_clients_preview_what_is_used_and_what_is_left():
    assert (
        message_content(notice()).preheader
        == "$9.73 of $10.00 used, $0.27 left. One-time budget, does not reset."
    )
    assert flat(message_content(notice()).preheader) in shown(mail(notice()).html)


def test_a_mail_says_how_the_budget_stands():
    assert_both_say(notice(), "97.3 % used: $9.73 of $10.00.", "$0.27", "One-time budget, does not reset")
    month = notice(window="month", resets_at=TOMORROW)
    assert_both_say(month, "Monthly budget, resets on 15 Mar 2026, 15:09 UTC")
    assert_both_say(notice(used="10.35"), "Nothing, $0.35 over the limit", "103.5 %")


def test_a_jump_names_what_it_passed():
    assert_both_say(notice(also=(80,)), "80 % was passed at the same time.")
    assert_both_say(notice(also=(90, 50, 80)), "50, 80 and 90 % were passed at the same time.")
    assert_neither_says(notice(), "at the same time")


def test_a_mail_says_what_was_spent_and_how_long_the_rest_lasts():
    assert_both_say(notice(), "$3.20", "$2.10", "$0.00005", "About 2 hours left")
    assert_both_say(notice(used="0"), "About 3 days left")
    idle = notice(spending=Spending(ZERO))
    assert_both_say(idle, "Will not run out: nothing was spent")
    assert_neither_says(idle, "Top models")
    assert_both_say(notice(used="12"), "Nothing is left")
    recurring = notice(used="0", window="day", resets_at=TOMORROW)
    assert_both_say(recurring, "About 3 days left, but it resets before that")


def test_a_mail_is_written_even_if_the_spending_is_not_known():
    unknown = notice(spending=None)
    assert_both_say(unknown, "Unknown", "$9.73")
    assert_neither_says(unknown, "Top models")


def test_a_soft_limit_refuses_what_is_new():
    reached = notice(used="10", percent=100, level=Level.LIMIT)
    assert_both_say(
        reached, "New requests are refused", "Requests in progress finish, and may still add to the cost"
    )
    assert_both_say(reached, "this lasts until an admin raises the limit or resets it")
    assert_neither_says(reached, "cheaper models")
    assert_both_say(notice(), "or use cheaper models")
    assert_both_say(notice(), "New requests are still admitted.", "at 100 %, new requests are refused")


@pytest.mark.parametrize(("window", "code"), [("total", "budget_exhausted"), ("day", "quota_exhausted")])
def test_a_limit_that_is_reached_names_the_codes_of_refusals(window, code):
    reached = notice(used="10", percent=100, level=Level.LIMIT, window=window, resets_at=TOMORROW)
    assert_both_say(reached, f"the error code {code}, or parent_budget_exhausted for keys below this one.")


@pytest.mark.parametrize(("used", "level"), [("9.73", Level.URGENT), ("10", Level.LIMIT)])
@pytest.mark.parametrize("enforcement", Enforcement)
@pytest.mark.parametrize("beyond", [Phase.PACKS, Phase.METERED])
def test_a_limit_beyond_which_somebody_pays_refuses_nothing(used, level, enforcement, beyond):
    asked = notice(used=used, level=level, enforcement=enforcement, beyond=beyond)
    assert_both_say(asked, "New requests are still admitted")
    assert_both_say(asked, "metered" if beyond is Phase.METERED else "paid by the key's packs")
    assert_neither_says(asked, "refused")


def test_a_hard_limit_refuses_what_may_not_fit():
    reached = notice(used="10", percent=100, level=Level.LIMIT, enforcement=Enforcement.HARD)
    assert_both_say(reached, "New requests are refused", "within what was held for them")
    assert_both_say(notice(enforcement=Enforcement.HARD), "That can happen before 100 % is used.")


def test_a_limit_that_falls_back_says_to_what_and_what_that_means():
    ending = of_increases()[4]
    assert_both_say(ending, "On 15 Mar 2026, 15:09 UTC the limit falls back to $10.00 by itself.")
    assert_both_say(ending, "if that is $10.00 or more, new requests are refused from then on")
    content = replace(ending.alert.content, used=Decimal(12))
    spent = replace(ending, alert=replace(ending.alert, content=content))
    assert_both_say(spent, "As much is used already", "refused with the error code budget_exhausted")


def test_a_pack_that_is_used_up_or_expires_before_it_is_used_says_so():
    used_up = notice(kind=AlertKind.PACK_NEARLY_USED, used="10", window="pack")
    assert_both_say(used_up, "Nothing is left of the pack: other packs of the key pay")
    assert "Pack used up: search team has used 100 % of a pack of $10.00" in mail(used_up).subject
    idle = notice(kind=AlertKind.PACK_EXPIRING, used="1", limit="100", window="pack")
    assert_both_say(idle, "About 30 days left, but it expires before that", "It expires on 21 Mar 2026")


def test_a_page_breaks_neither_words_nor_amounts_and_breaks_ids():
    rows = mail(of_increases()[0]).html.split("<tr>")
    cells = {name: row for row in rows for name in ("Remaining", "Request id") if f">{name}<" in row}
    assert cells["Remaining"].count("word-break:normal") == 2
    assert cells["Request id"].count("word-break:normal") == 1


def test_a_forecast_says_when():
    asked = notice(kind=AlertKind.FORECAST, percent=None, exhausted_at=TOMORROW)
    assert_both_say(asked, "At the rate of the last 24 hours, it will be used up at 15 Mar 2026, 15:09 UTC.")
    ends = TOMORROW + timedelta(days=3)
    recurring = notice(
        kind=AlertKind.FORECAST, percent=None, exhausted_at=TOMORROW, window="week", resets_at=ends
    )
    assert_both_say(recurring, "15:09 UTC, before the weekly budget resets.")


def test_a_recovery_asks_for_nothing():
    asked = notice(kind=AlertKind.RECOVERY, level=Level.WARNING, percent=100, limit="12")
    assert_both_say(asked, "This budget admits new requests again.", "Nothing needs to be done.")
    assert_neither_says(asked, "are refused with the error code")


def test_a_test_is_marked_as_one():
    asked = notice(kind=AlertKind.TEST)
    assert_both_say(
        asked, "Test, urgent", "This is a test: nothing has happened.", "Nothing: this is only a test."
    )


def test_a_test_for_a_key_without_a_limit_shows_no_figures():
    asked = notice(kind=AlertKind.TEST, limit="0", used="0")
    assert dict(message_content(asked).facts)["Limit"] == "None"
    assert_neither_says(asked, "$0.00 ", "% used")


def test_what_one_can_do_is_where_the_limit_is_set():
    way = "PUT /api/admin/apiKey/key_0123456789abcdef/budget"
    assert_both_say(
        notice(),
        "ask for a higher limit with POST /v1/budget-requests",
        f"in the console or with {way} (budgetLimit)",
    )
    assert_both_say(notice(window="day", resets_at=TOMORROW), f"{way} (quotaLimit)")
    assert_neither_says(notice(console_url=None), "console")


def test_a_link_cannot_break_out_of_its_attribute():
    asked = notice(console_url='https://console.example.com/?a=1&b="><img src=x>')
    links = [each["href"] for tag, each in Page(mail(asked).html).tags if tag == "a"]
    assert links == ['https://console.example.com/?a=1&b="><img src=x>']
    assert asked.console_url in mail(asked).text


def test_a_mail_says_who_gets_it_and_why():
    owner = "as the owner of the key search team (jo@example.com)"
    assert_both_say(
        notice(), f"You receive this alert {owner} or as an admin of Tollgate; the threshold is 95 %."
    )
    assert_both_say(
        notice(recipients=(Recipient.OWNER,)), f"You receive this alert {owner}; the threshold is 95 %."
    )
    ownerless = notice(owner=None, recipients=(Recipient.OWNER,))
    assert_both_say(
        ownerless, "You receive this alert as an admin of Tollgate (the key search team has no owner); "
    )
    named = notice(recipients=(Recipient.ADMIN, "ops@example.com"))
    assert_both_say(named, "as an admin of Tollgate or because the threshold lists your address")


def test_a_mail_can_be_traced():
    assert_both_say(
        notice(), "Key id: key_0123456789abcdef", "Alert id: alr_1", "14 Mar 2026, 15:09 UTC", "prod"
    )


def test_a_mail_of_a_burst_tells_the_burst_as_finely_as_what_is_used():
    burst = SpendingBurst(Decimal("0.0258"), timedelta(seconds=42))
    asked = notice(
        used="0.0258",
        limit="0.03",
        spending=Spending(Decimal("0.0258"), (("small", Decimal("0.005")),), burst=burst),
    )
    assert message_content(asked).facts[4:] == (
        ("Spent in the last 24 hours", "$0.0258"),
        ("Spent in less than a minute", "$0.0258"),
        ("At this rate", "Less than a minute left"),
    )
    assert message_content(asked).top_models == (
        ("small", "$0.005"),
        ("Others, or not yet attributed", "$0.0208"),
    )
    assert_both_say(asked, "Spent in less than a minute", "Less than a minute left", "$0.0208")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (60, "the last minute"),
        (120, "the last 2 minutes"),
        (7199, "the last 119 minutes"),
        (7200, "the last 2 hours"),
        (86_399, "the last 23 hours"),
    ],
)
def test_a_mail_of_a_new_key_says_how_long_that_is(seconds, said):
    asked = notice(spending=Spending(Decimal("3.2"), span=timedelta(seconds=seconds)))
    assert dict(message_content(asked).facts)["Spent in the last 24 hours"] == f"$3.20, all of it in {said}"


@pytest.mark.parametrize(
    ("minutes", "left"),
    [
        ("0.5", "Less than a minute left"),
        ("1.5", "About a minute left"),
        ("45", "About 45 minutes left"),
        ("90", "About an hour left"),
        ("150", "About 2 hours left"),
    ],
)
def test_what_is_left_is_told_in_minutes_when_it_is_so_little(minutes, left):
    spending = Spending(Decimal(1), burst=SpendingBurst(Decimal(1), timedelta(minutes=1)))
    asked = notice(used="0", limit=minutes, spending=spending)
    assert dict(message_content(asked).facts)["At this rate"] == left


@pytest.mark.parametrize("asked", of_each_kind())
def test_a_subject_has_no_name_that_no_admin_has_given(asked):
    """It is read as the gateway's own words, and goes to whomever a holder of keys has named."""
    named = replace(asked, alert=replace(asked.alert, key_name="Pay now", self_named=True))
    assert "Pay now" not in mail(named).subject
    assert "Pay now" not in topic_message(named).subject
    assert named.alert.key_id in mail(named).subject
    assert "Pay now" in mail(named).text
