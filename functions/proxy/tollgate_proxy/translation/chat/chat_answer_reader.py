"""A chat completion, of whichever of the many servers that make them, as an answer that no API writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.pricing.provider_usage import chat_reports
from tollgate_proxy.answers.choices import choices_of, is_failed
from tollgate_proxy.translation import answer_times
from tollgate_proxy.translation.call_ids import new_call_id
from tollgate_proxy.translation.chat import chat_reasoning, chat_stops
from tollgate_proxy.translation.chat.chat_answer_parts import calls_in, content_texts
from tollgate_proxy.translation.chat.chat_tokens import tokens_of
from tollgate_proxy.translation.completion import Completion
from tollgate_proxy.translation.conversation import Reasoning, Refusal, Text, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate_proxy.translation.completion import AnswerPart


def read_answer(answer: Mapping[str, Any]) -> Completion:
    """The first choice of a chat completion; raises `ValueError` if there is none that hasn't failed."""
    choice = next((each for each in choices_of(answer) if not is_failed(each)), None)
    if choice is None:
        fault = "The answer has no choice."
        raise ValueError(fault)
    message = choice.get("message") or choice.get("delta")
    parts = tuple(_parts(message if isinstance(message, dict) else {"content": choice.get("text")}))
    sequence = chat_stops.sequence_in(choice)
    stop = chat_stops.stop_of(chat_stops.reason_in(choice), sequence, parts)
    figures = chat_reports.figures_of(answer)
    return Completion(
        id=_text(answer.get("id")),
        model=_text(answer.get("model")),
        parts=parts,
        stop=stop,
        tokens=tokens_of(figures),
        stop_sequence=sequence,
        created=answer_times.seconds_of(answer.get("created")),
        service_tier=figures.service_tier,
    )


def _parts(message: Mapping[str, Any]) -> Iterator[AnswerPart]:
    text, thought = content_texts(message.get("content"))
    reasoning = chat_reasoning.answered(message)
    yield from reasoning
    if thought and not reasoning:
        yield Reasoning(thought)
    if text:
        yield Text(text)
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        yield Refusal(refusal)
    for call in calls_in(message):
        call_id = call.id or new_call_id()
        if call.extra:
            yield Reasoning("", chat_reasoning.extra_seal(call_id, call.extra), is_redacted=True)
        yield ToolCall(call_id, call.name, call.arguments, call.is_custom)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
