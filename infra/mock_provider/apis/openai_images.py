"""POST /v1/images/generations: models named like gpt-image report tokens, all others don't."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from infra.mock_provider.apis.mock_usage import reported_prompt
from infra.mock_provider.call import CREATED, Call
from infra.mock_provider.provider_faults import SERVER_ERROR, ApiError, openai_error
from infra.mock_provider.reply import Answer, Event, EventStream, Reply
from infra.mock_provider.text import count_words

BY_TOKENS = "gpt-image"
IMAGE_TOKENS = 272
MAX_IMAGES = 10


def create_images(call: Call) -> Reply:
    model = call.required("model")
    prompt_tokens = reported_prompt(call.control, count_words(call.required("prompt")))
    number = call.positive("n") or 1
    if number > MAX_IMAGES:
        raise ApiError(400, f"n: at most {MAX_IMAGES}", param="n")
    tokens = IMAGE_TOKENS if call.control.completion_tokens is None else call.control.completion_tokens
    usage = _usage(prompt_tokens, number * tokens) if model.startswith(BY_TOKENS) else {}
    if call.control.no_usage:
        usage = {}
    if call.streamed:
        failure = openai_error(ApiError(SERVER_ERROR, code=call.control.error_code))
        return EventStream(_events(call, usage), lambda _sent: [Event(failure, name="error")])
    made = [{"b64_json": _painted(call, place)} for place in range(number)]
    return Answer({"created": CREATED, "data": made, **_asked(call), **usage})


def _events(call: Call, usage: dict[str, Any]) -> Iterator[Event]:
    described = {"created_at": CREATED, **_asked(call)}
    for place in range(call.positive("partial_images") or 0):
        partial = {"b64_json": _painted(call, place), "partial_image_index": place}
        name = "image_generation.partial_image"
        yield Event({"type": name, **described, **partial}, name=name)
    name = "image_generation.completed"
    yield Event({"type": name, **described, "b64_json": _painted(call, 0), **usage}, name=name)


def _asked(call: Call) -> dict[str, Any]:
    """What an answer says of its images, where the request has said it."""
    return {name: call.body[name] for name in ("size", "quality") if call.body.get(name)}


def _painted(call: Call, place: int) -> str:
    return b64encode(call.make_id("image_", place).encode()).decode()


def _usage(prompt: int, output: int) -> dict[str, Any]:
    details = {"text_tokens": prompt, "image_tokens": 0}
    counted = {"input_tokens": prompt, "input_tokens_details": details, "output_tokens": output}
    return {"usage": {**counted, "total_tokens": prompt + output}}
