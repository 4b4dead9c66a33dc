"""Providers' usage objects, each shape read into the same disjoint token classes.

Reading goes in three steps: `figures` finds the counts, under whatever names and in whatever spelling; later
reports of a stream replace them one by one; `balance` finds out which are parts of others. What comes of it
is a `Report`: a claim. What of it is believed is up to `credibility`.
"""

from tollgate.usage_reports.chat_reports import from_chat
from tollgate.usage_reports.counts import MOST_TOKENS, is_count
from tollgate.usage_reports.counts import label as service_tier
from tollgate.usage_reports.figures import Figures
from tollgate.usage_reports.message_reports import from_message
from tollgate.usage_reports.report import Report
from tollgate.usage_reports.response_reports import from_response

__all__ = [
    "MOST_TOKENS",
    "Figures",
    "Report",
    "from_chat",
    "from_message",
    "from_response",
    "is_count",
    "service_tier",
]
