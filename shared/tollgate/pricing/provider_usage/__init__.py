"""Providers' usage objects, each shape read into the same disjoint token classes.

Reading goes in three steps: `figures` finds the counts, under whatever names and in whatever spelling; later
reports of a stream replace them one by one; `balance` finds out which are parts of others. What comes of it
is a `UsageReport`: a claim. What of it is believed is up to `credibility`.
"""

from tollgate.pricing.provider_usage.chat_reports import from_chat
from tollgate.pricing.provider_usage.lenient_counts import MAX_TOKENS, is_count
from tollgate.pricing.provider_usage.lenient_counts import label as service_tier
from tollgate.pricing.provider_usage.message_reports import from_message
from tollgate.pricing.provider_usage.reported_figures import Figures
from tollgate.pricing.provider_usage.response_reports import from_response
from tollgate.pricing.provider_usage.usage_report import UsageReport

__all__ = [
    "MAX_TOKENS",
    "Figures",
    "UsageReport",
    "from_chat",
    "from_message",
    "from_response",
    "is_count",
    "service_tier",
]
