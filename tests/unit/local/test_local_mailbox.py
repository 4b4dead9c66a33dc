"""The local stack's mail, as pages."""

from __future__ import annotations

from infra.local import mailbox

SENT = {
    "MessageId": "0b1c@email.amazonses.com",
    "Source": "tollgate@example.com",
    "To": ["owner@example.com"],
    "Subject": "80 % of <b>search</b>",
    "BodyText": "Used: $8 & more",
    "BodyHtml": '<p class="x">Used: <b>$8</b></p>',
    "Timestamp": 1_773_500_966.5,
}
EARLIER = {**SENT, "MessageId": "0a@email.amazonses.com", "Timestamp": 1_773_500_000.0}


def test_mails_are_listed_from_the_newest_on():
    found = mailbox.messages({"messages": {"000000000000": [EARLIER, SENT]}})
    assert [message.id for message in found] == ["0b1c", "0a"]
    listed = mailbox.listing(found)
    assert listed.index("/_mail/0b1c") < listed.index("/_mail/0a")
    assert "2026-03-14 15:09:26 UTC" in listed
    assert "No mail" in mailbox.listing([])


def test_a_mail_is_shown_as_its_reader_sees_it_and_as_text():
    (message,) = mailbox.messages({"messages": {"000000000000": [SENT]}})
    page = mailbox.page(message)
    assert 'sandbox title="The message"' in page
    assert "&lt;p class=&quot;x&quot;&gt;Used:" in page
    assert "<pre>Used: $8 &amp; more</pre>" in page


def test_what_a_mail_says_is_no_markup_of_the_page():
    (message,) = mailbox.messages({"messages": {"000000000000": [SENT]}})
    for page in (mailbox.page(message), mailbox.listing([message])):
        assert "<b>search</b>" not in page
        assert "80 % of &lt;b&gt;search&lt;/b&gt;" in page


def test_a_mail_may_have_no_text_or_no_page():
    (message,) = mailbox.messages({"messages": {"1": [{**SENT, "BodyHtml": None, "BodyText": None}]}})
    assert "<pre></pre>" in mailbox.page(message)
