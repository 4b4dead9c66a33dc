"""Errors of providers, in whatever shape they come: what they say, and whose trouble it is."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# An error is short. What is longer quotes the request, or isn't one.
_MAX_CHARACTERS = 8192
# How errors lie within what providers send, and how deep.
_ENVELOPES = ("error", "errors", "detail", "details", "base_resp", "Response", "Error", "fault", "metadata")
_MAX_DEPTH = 4
_CODES = ("code", "type", "status", "error_code", "status_code", "errorcode", "__type", "Code", "reason")
_MESSAGES = (
    "message",
    "msg",
    "Message",
    "error_msg",
    "error_message",
    "errorMessage",
    "status_msg",
    "faultstring",
    "detail",
    "raw",
)

# An account that can't, or may not, be charged any more. By code: what the vendors' references and SDKs have.
_ACCOUNT_CODES = frozenset(
    {
        "1110",  # Zhipu: the account is inactive; 1111 gone, 1112 locked, 1113 in arrears
        "1111",
        "1112",
        "1113",
        "account_deactivated",
        "account_suspended",
        "api_key_expired",
        "api_key_invalid",
        "arrearage",
        "authentication_error",
        "billing_error",
        "billing_hard_limit_reached",
        "billing_not_active",
        "budget_exceeded",
        "contract_spend_limit_reached",
        "credits_exhausted",
        "deactivated_workspace",
        "enforced_spend_limit_reached",
        "exceeded_current_quota_error",
        "insufficient_balance",
        "insufficient_balance_error",
        "insufficient_credits",
        "insufficient_funds",
        "insufficient_user_quota",
        "invalid_api_key",
        "invalid_authentication_error",
        "linked_organization_billing_unavailable",
        "linked_organization_spend_limit_reached",
        "organization_on_hold",
        "organization_restricted",
        "payment_required",
        "terminal_quota_exhausted",
        "unauthenticated",
    }
)
# Alibaba says this of what is sent too fast, all others of an account without money.
_OUT_OF_MONEY = "insufficient_quota"
_ACCOUNT = re.compile(
    r"credit balance is too low"
    r"|insufficient (?:account )?(?:balance|credits?|funds)|balance (?:is )?(?:insufficient|not enough)"
    r"|(?:out of|not enough|used all available|insufficient) credits?"
    r"|credits? (?:are |is |have been |has been )?(?:depleted|exhausted)"
    r"|spend(?:ing)? (?:limit|cap)|monthly included credits"
    r"|billing[ _]hard[ _]limit|hard billing limit|billing (?:is )?(?:not[ _]active|disabled)|enable billing"
    r"|(?:account|organization|workspace|subscription)[^.:]{0,60}"
    r"(?:suspended|deactivated|disabled|restricted|inactive|in arrears|on hold)|inactive subscription"
    r"|arrearage|(?:account|it) is in good standing"
    r"|api[ _]key (?:is )?(?:not valid|expired|invalid|disabled|revoked)"
    r"|(?:invalid|incorrect|expired|revoked) (?:x-)?api[ -_]key"
    r"|specified api usage limits|budget has been exceeded"
    r"|余额不足|欠费|额度不足"
)
# Where such a text stands for the account. A 5xx passes as the trouble that it is.
_ACCOUNT_STATUSES = frozenset({400, 403, 404, 409, 412, 422, 429})

# The request is too long for this model, which another target's may take.
_TOO_LONG_CODES = frozenset(
    {
        "1261",  # Zhipu
        "context_length_exceeded",
        "context_window_exceeded",
        "contextwindowexceedederror",
        "exceed_context_size_error",
        "input_too_long",
        "model_context_window_exceeded",
        "prompt_too_long",
        "token_limit_exceeded",
        "tokens_limit_reached",
    }
)
# Anthropic's name for a body that is too large. As a code of others it is the client's own trouble.
_TOO_LARGE_TYPE = "request_too_large"
_TOO_LONG = re.compile(
    r"(?:prompt|inputs?|context|request|conversation|messages?)(?: is| are|:)? too long"
    r"|(?:maximum|max|allowed)(?: allowed)?[ _](?:context|prompt|input|model|sequence|seq)[ _]"
    r"(?:length|len|window|size)"
    r"|maximum allowed input length|max_model_len|max_seq_len"
    r"|exceeds? (?:the |this )?(?:model'?s? )?(?:available |maximum )?context"
    r"|(?:longer|greater|larger|more) than (?:the )?(?:model'?s? )?(?:maximum )?context"
    r"|context[ _](?:window|length|size|limit)[^.]{0,30}(?:exceed|overflow)|context overflow"
    r"|context window of this model"
    r"|token count[^.]{0,60}exceed|input tokens? (?:limit )?exceed"
    r"|number of (?:input )?tokens[^.]{0,40}exceed"
    r"|exceed[^.]{0,20}(?:model )?token limit|token limit exceeded|exceeds maximum (?:input )?length"
    r"|too many (?:input |prompt )?tokens"
    r"|reduce the length of (?:the|your) (?:messages|prompt|input|context)"
    r"|too large for model|max size: \d+ tokens"
    r"|range of input length should be"
    r"|max_new_tokens`? must be <="
    r"|超长|(?:超过|超出)[^。]{0,20}(?:长度|上下文)"
)
_TOO_LONG_STATUSES = frozenset({400, 413, 422})
# What speaks of tokens too, but of those of a minute.
_THROTTLED = re.compile(
    r"rate[ _]limit|throttl|per (?:minute|day|second)|wait before|too many requests|\b[rt]pm\b"
)

# A provider's refusal of what is asked, whoever asks (OpenRouter, xAI, Azure).
_MODERATED = re.compile(
    r"moderation|flagged|content[ _]?(?:policy|filter)|usage (?:guidelines?|polic(?:y|ies))|safety[ _]check"
)
_MODEL = re.compile(r"model|deployment|engine|unknown request url|no route|unrecognized request url")

# Errors that come with a success, and are the request's own all the same: by code, and by how codes begin.
_REQUESTS_CODES = frozenset(
    {
        "400",
        "413",
        "422",
        "bad_request",
        "bio_policy",
        "content_filter",
        "content_policy_violation",
        "data_inspection_failed",
        "datainspectionfailed",
        "misalignment_policy_violation",
        "unsupported_image_media_type",
    }
)
_REQUESTS_GROUPS = ("empty_image", "failed_to_download", "image_", "invalid_")

_MAX_QUOTE_CHARACTERS = 200
# What may be a secret, an address, or markup isn't quoted.
_UNQUOTABLE = re.compile(
    r"[<>]|://|[\w*.=/+-]{28,}|\b(?:sk|pk|rk|key|gsk|xai|pplx|hf|org|proj|req|acct)[-_][\w*.-]{4,}|AIza|bearer\b"
    r"|(?:api[ _-]?key|token|secret|password)\S*\s*[:=]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ProviderError:
    """An error's codes and text, both in lower case to be searched, and its message to be told.

    `is_said` is whether the provider has said in so many words that it failed.
    """

    codes: frozenset[str] = frozenset()
    text: str = ""
    message: str = ""
    is_said: bool = False

    @property
    def quotable(self) -> str:
        """The message where it is short and can't tell what a client mustn't know; else nothing."""
        told = " ".join(self.message.split())
        sound = 0 < len(told) <= _MAX_QUOTE_CHARACTERS and told.isprintable() and not _UNQUOTABLE.search(told)
        return told.rstrip(".") if sound else ""


def read(body: bytes) -> ProviderError:
    """What an error's body says."""
    text = body[:_MAX_CHARACTERS].decode(errors="replace")
    try:
        parsed = json.loads(body) if len(body) <= _MAX_CHARACTERS else None
    except (ValueError, RecursionError):
        parsed = None
    found = error_in(parsed)
    return found if found.text else ProviderError(text=text.lower(), is_said=found.is_said)


def error_in(answer: Any) -> ProviderError:
    """What a JSON answer says of an error, if it does."""
    codes: set[str] = set()
    messages: list[str] = []
    said = False
    for part in _parts(answer):
        codes |= {str(part[name]).lower() for name in _CODES if isinstance(part.get(name), str | int)}
        messages += [part[name] for name in _MESSAGES if isinstance(part.get(name), str) and part[name]]
        messages += [
            part[name] for name in ("error", "detail") if isinstance(part.get(name), str) and part[name]
        ]
        said = said or _says_so(part)
    text = "\n".join([*sorted(codes), *messages])[:_MAX_CHARACTERS].lower()
    return ProviderError(frozenset(codes), text, messages[0] if messages else "", said)


def is_account(error: ProviderError, status: int, vendor: Vendor) -> bool:
    """Whether what is refused is Tollgate's credential or account there, by an answer of that status."""
    if status in (401, 402, 407) or (status == 403 and not _MODERATED.search(error.text)):
        return True
    if status == 429 and _OUT_OF_MONEY in error.codes and vendor is not Vendor.ALIBABA:
        return True
    said = is_accounts_code(error) or bool(_ACCOUNT.search(error.text))
    return said and status in _ACCOUNT_STATUSES


def is_accounts_code(error: ProviderError) -> bool:
    return not _ACCOUNT_CODES.isdisjoint(error.codes)


def is_account_error_in_body(error: ProviderError) -> bool:
    """Whether an error in an answer with a status of success is of Tollgate's credential or account there."""
    refused = {"401", "402", "403", _OUT_OF_MONEY} & error.codes
    moderated = _MODERATED.search(error.text)
    return bool((refused and not moderated) or is_accounts_code(error) or _ACCOUNT.search(error.text))


def is_too_long(error: ProviderError, status: int) -> bool:
    """Whether the request is more than this model can read at once."""
    if status not in _TOO_LONG_STATUSES or _THROTTLED.search(error.text):
        return False
    if is_too_long_by_code(error):
        return True
    # As a type it stands beside no code.
    too_large = status == 413 and _TOO_LARGE_TYPE in error.codes and "error" in error.codes
    return too_large or bool(_TOO_LONG.search(error.text))


def is_too_long_by_code(error: ProviderError) -> bool:
    return not _TOO_LONG_CODES.isdisjoint(error.codes)


def is_requests(error: ProviderError) -> bool:
    """Whether an error that comes as a success is one of the request, and says nothing of its target."""
    if is_accounts_code(error):
        return False
    coded = error.codes & (_REQUESTS_CODES | _TOO_LONG_CODES)
    grouped = any(code.startswith(_REQUESTS_GROUPS) for code in error.codes)
    return bool(coded or grouped or _MODERATED.search(error.text))


def is_models(error: ProviderError) -> bool:
    """Whether a 404 is for the model, or the whole API, and not for something that the request names."""
    return not error.codes or bool(_MODEL.search(error.text))


def _parts(answer: Any) -> Iterator[Mapping[str, Any]]:
    """The objects that an error may be told in: the answer's own, and what lies in its envelopes."""
    pending: list[tuple[Any, int]] = [(answer, 0)]
    while pending:
        part, depth = pending.pop(0)
        if isinstance(part, str) and depth and part.lstrip().startswith("{"):
            part = _parsed(part)  # an error within an error, as OpenRouter's `raw`
        if isinstance(part, dict):
            yield part
            if depth < _MAX_DEPTH:
                pending += [(part[name], depth + 1) for name in (*_ENVELOPES, "raw") if name in part]
        elif isinstance(part, list) and depth < _MAX_DEPTH:
            pending += [(each, depth + 1) for each in part[:_MAX_DEPTH]]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if len(text) <= _MAX_CHARACTERS else None
    except (ValueError, RecursionError):
        return None


def _says_so(part: Mapping[str, Any]) -> bool:
    """Whether an object says that something failed, and not what was made."""
    if any(part.get(name) for name in ("error", "errors", "error_code", "error_msg", "fault", "__type")):
        return True
    if part.get("success") is False or "error" in (part.get("object"), part.get("type"), part.get("status")):
        return True
    base = part.get("base_resp")
    if isinstance(base, dict) and base.get("status_code"):
        return True
    told = any(
        isinstance(part.get(name), str) and part[name] for name in ("message", "msg", "detail", "Message")
    )
    return told or isinstance(part.get("detail"), list | dict)
