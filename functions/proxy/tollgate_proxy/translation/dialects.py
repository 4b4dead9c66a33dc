"""The APIs that are translated: what reads and writes each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tollgate.catalog.catalog import ProviderApi
from tollgate.lean_dataclass import dataclass
from tollgate_proxy.translation.chat import (
    chat_answer_reader,
    chat_answer_writer,
    chat_errors,
    chat_request_reader,
    chat_request_writer,
    chat_stream_reader,
    chat_stream_writer,
)
from tollgate_proxy.translation.messages import (
    messages_answer_reader,
    messages_answer_writer,
    messages_errors,
    messages_request_reader,
    messages_request_writer,
    messages_stream_reader,
    messages_stream_writer,
)
from tollgate_proxy.translation.responses import (
    responses_answer_reader,
    responses_answer_writer,
    responses_errors,
    responses_request_reader,
    responses_request_writer,
    responses_stream_reader,
    responses_stream_writer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate_proxy.translation.completion import Completion, StreamEvent
    from tollgate_proxy.translation.conversation import Conversation
    from tollgate_proxy.translation.losses import Losses
    from tollgate_proxy.translation.told_errors import ToldError


class StreamReader(Protocol):
    """Reads a provider's stream, whatever its chunk borders."""

    def feed(self, chunk: bytes) -> list[StreamEvent]: ...

    def finish(self) -> list[StreamEvent]: ...


class StreamWriter(Protocol):
    """Writes a client's stream, event by event."""

    def write(self, event: StreamEvent) -> bytes: ...

    def finish(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """An API, to be read and to be written.

    Requests are refused by `RefusedError`; an answer that is none raises `ValueError`.
    """

    read_request: Callable[[Mapping[str, Any], Losses], Conversation]
    write_request: Callable[[Conversation, Losses], dict[str, Any]]
    read_answer: Callable[[Mapping[str, Any]], Completion]
    write_answer: Callable[[Completion, Conversation], dict[str, Any]]
    write_error: Callable[[int, ToldError], dict[str, Any]]
    stream_reader: Callable[[], StreamReader]
    stream_writer: Callable[[Conversation], StreamWriter]


DIALECTS: Mapping[ProviderApi, Dialect] = {
    ProviderApi.CHAT: Dialect(
        chat_request_reader.read_request,
        chat_request_writer.write_request,
        chat_answer_reader.read_answer,
        chat_answer_writer.write_answer,
        chat_errors.write_error,
        chat_stream_reader.StreamReader,
        chat_stream_writer.StreamWriter,
    ),
    ProviderApi.RESPONSES: Dialect(
        responses_request_reader.read_request,
        responses_request_writer.write_request,
        responses_answer_reader.read_answer,
        responses_answer_writer.write_answer,
        responses_errors.write_error,
        responses_stream_reader.StreamReader,
        responses_stream_writer.StreamWriter,
    ),
    ProviderApi.MESSAGES: Dialect(
        messages_request_reader.read_request,
        messages_request_writer.write_request,
        messages_answer_reader.read_answer,
        messages_answer_writer.write_answer,
        messages_errors.write_error,
        messages_stream_reader.StreamReader,
        messages_stream_writer.StreamWriter,
    ),
}
