"""One call's translation: its request into a provider's API, and back what its client gets."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate.lean_dataclass import dataclass
from tollgate_proxy.answers import provider_json
from tollgate_proxy.translation import completion, told_errors
from tollgate_proxy.translation.call_ids import CallIds
from tollgate_proxy.translation.completion import Begun, Completion, Failed, PartBegun, Stopped
from tollgate_proxy.translation.dialects import DIALECTS
from tollgate_proxy.translation.losses import Losses
from tollgate_proxy.translation.messages import thinking_limits
from tollgate_proxy.translation.pairs import loss_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from tollgate_proxy.translation.completion import StreamEvent
    from tollgate_proxy.translation.conversation import Conversation
    from tollgate_proxy.translation.dialects import StreamReader, StreamWriter

logger = logging.getLogger(__name__)

_EVENT_STREAM = {"content-type": "text/event-stream"}
_JSON = {"content-type": "application/json"}
_OK, _REDIRECT, _BAD_REQUEST, _BAD_GATEWAY = 200, 300, 400, 502
_DROPPED = "x-tollgate-dropped"
# Headers of vendors, which speak of what only the client's own API has, and those that every SDK sends.
_NOT_CARRIED = ("anthropic-", "openai-")
_SAYING_NOTHING = ("anthropic-version", "anthropic-dangerous-")
# What of names a header says.
_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,64}")
_MAX_NAMES = 20


@dataclass(frozen=True, slots=True)
class Translation:
    """Of a client's API into a provider's, `conversation` being what the client asks for.

    `members` are the request as the provider is asked, `dropped` what of the client's it doesn't have.
    """

    client: ProviderApi
    provider: ProviderApi
    conversation: Conversation
    members: Mapping[str, Any]
    dropped: tuple[str, ...]

    @property
    def content_type(self) -> Mapping[str, str]:
        """The header of an answer to a client that gets what it has asked for, in one piece or not."""
        return _EVENT_STREAM if self.conversation.streams else _JSON

    def headers_beside(self, told: Mapping[str, str], sent: Mapping[str, str]) -> Mapping[str, str]:
        """What tells the client by which API it was served, and what of its request wasn't carried there.

        `told` are the answer's other headers, which may name something already, `sent` the request's.
        """
        vendors = (name for name in sent if name.startswith(_NOT_CARRIED))
        names = (*self.dropped, *(name for name in vendors if not name.startswith(_SAYING_NOTHING)))
        listed = [each for each in (told.get(_DROPPED), _listed(names)) if each]
        by = {"x-tollgate-translated-to": self.provider.value}
        return by | {_DROPPED: ", ".join(listed)} if listed else by

    def limited(self, output_tokens: int) -> dict[str, Any]:
        """What of the members changes where the output is limited to that for a client that hasn't."""
        if self.provider is not ProviderApi.MESSAGES:
            return {}
        return thinking_limits.within(self.members, output_tokens)

    def whole(self, status: int, body: bytes, at: datetime) -> tuple[int, Mapping[str, str], bytes]:
        """An answer that is all there as its client gets it: its status, what labels it, and its body.

        It was made at that moment, if its provider doesn't say when.
        """
        if _OK <= status < _REDIRECT:
            told = self._answered(body, at)
            if told is not None:
                return status, self.content_type, told
            status = _BAD_GATEWAY
        error = DIALECTS[self.client].write_error(status, told_errors.read(body, status))
        return status, _JSON, json.dumps(error).encode()

    def _answered(self, body: bytes, at: datetime) -> bytes | None:
        """An answer, None of what is none."""
        try:
            told = DIALECTS[self.provider].read_answer(provider_json.value_of(body))
            parts = tuple(map(CallIds().told, told.parts))
            return self._written(replace(told, parts=parts, created=told.created or _seconds(at)))
        except Exception:
            # A provider may answer anything, and has been paid for it all the same.
            logger.exception("An answer could not be translated")
            return None

    def stream(self, at: datetime) -> StreamTranslation:
        """For an answer that comes as a stream, which begins at that moment if its provider says none."""
        dialect = DIALECTS[self.client]
        writer = dialect.stream_writer(self.conversation) if self.conversation.streams else None
        return StreamTranslation(self, DIALECTS[self.provider].stream_reader(), writer, _seconds(at))

    def _written(self, told: Completion) -> bytes:
        dialect = DIALECTS[self.client]
        if not self.conversation.streams:
            return json.dumps(dialect.write_answer(told, self.conversation)).encode()
        writer = dialect.stream_writer(self.conversation)
        return b"".join(map(writer.write, completion.streamed(told))) + writer.finish()


class StreamTranslation:
    """A stream on its way: what a client that has asked for one gets at once, another one at its end."""

    def __init__(
        self, translation: Translation, reader: StreamReader, writer: StreamWriter | None, created: int
    ) -> None:
        self._translation, self._reader, self._writer = translation, reader, writer
        self._created = created
        self._call_ids = CallIds()
        self._kept: list[StreamEvent] = []
        self.is_over = False
        """Whether the client has been told an end, be it a failure."""
        self.failure: int | None = None
        """The status of an answer in one piece that tells of the failure, if it is one."""

    def feed(self, chunk: bytes) -> bytes:
        return self._written(lambda: self._reader.feed(chunk))

    @property
    def is_streamed(self) -> bool:
        """Whether the client gets a stream, too."""
        return self._writer is not None

    def finish(self) -> bytes:
        """What is left when the provider has ended; nothing in one piece of what has no end."""
        rest = self._written(self._reader.finish)
        if not self.is_over:
            return rest
        return self._collected() if self._writer is None else rest + self._writer.finish()

    def _written(self, read: Callable[[], Iterable[StreamEvent]]) -> bytes:
        if self.is_over:
            return b""
        try:
            return b"".join(map(self._told, read()))
        except Exception:
            # A provider may send anything, and what it has made is paid for all the same.
            logger.exception("A stream could not be translated")
            return self._told(Failed("The provider's stream could not be translated."))

    def _told(self, event: StreamEvent) -> bytes:
        if self.is_over:
            return b""
        self.is_over = isinstance(event, (Stopped, Failed))
        if isinstance(event, Failed):
            self.failure = _BAD_REQUEST if told_errors.of_stream(event).is_too_long else _BAD_GATEWAY
        if isinstance(event, Begun):
            event = replace(event, created=event.created or self._created)
        elif isinstance(event, PartBegun):
            event = replace(event, part=self._call_ids.told(event.part))
        if self._writer is not None:
            return self._writer.write(event)
        self._kept.append(event)
        return b""

    def _collected(self) -> bytes:
        told = completion.collected(self._kept)
        translation = self._translation
        dialect = DIALECTS[translation.client]
        if isinstance(told, Completion):
            return json.dumps(dialect.write_answer(told, translation.conversation)).encode()
        failed = told or Failed("The provider's stream has no end.")
        error = dialect.write_error(self.failure or _BAD_GATEWAY, told_errors.of_stream(failed))
        return json.dumps(error).encode()


def _seconds(at: datetime) -> int:
    """Since 1970."""
    return int(at.timestamp())


def _listed(names: tuple[str, ...]) -> str:
    """Names of members, which clients may have made up, as far as a header can say them."""
    sound = [name for name in names if _NAME.fullmatch(name)][:_MAX_NAMES]
    others = len(names) - len(sound)
    return ", ".join([*sound, *([f"{others} more"] if others else [])])


def of(
    client: ProviderApi,
    provider: ProviderApi,
    members: Mapping[str, Any],
    *,
    served_by: str | None = None,
    strict: bool = False,
) -> Translation:
    """Translates a request; raises `RefusedError` where it can't be, or, if `strict`, not wholly.

    `served_by` is the model's name at the provider, by which some of what it may be asked is known.
    """
    losses = Losses(loss_tables.of(client, provider), strict=strict)
    conversation = replace(DIALECTS[client].read_request(members, losses), served_by=served_by)
    written = DIALECTS[provider].write_request(conversation, losses)
    return Translation(client, provider, conversation, written, tuple(losses.dropped))
