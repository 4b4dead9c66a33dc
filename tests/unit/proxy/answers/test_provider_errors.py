"""Whose trouble a provider's error is: the request's, the model's, or that of Tollgate's account there."""

from __future__ import annotations

import json

import pytest

from tollgate.pricing.vendors import Vendor
from tollgate_proxy.answers import provider_errors


def read(body):
    return provider_errors.read(body if isinstance(body, bytes) else json.dumps(body).encode())


def openai(message, code=None, type_="invalid_request_error"):
    return {"error": {"message": message, "type": type_, "param": None, "code": code}}


def anthropic(message, type_="invalid_request_error", **more):
    return {"type": "error", "error": {"type": type_, "message": message, **more}}


# As the vendors word it.
TOO_LONG = {
    "OpenAI": (400, openai("This model's maximum context length is 8192 tokens.", "context_length_exceeded")),
    "OpenAI, newer": (400, openai("Your input exceeds the context window of this model.")),
    "Anthropic": (400, anthropic("prompt is too long: 213462 tokens > 200000 maximum")),
    "Anthropic, with the output": (
        400,
        anthropic("input length and `max_tokens` exceed context limit: 170636 + 34048 > 200000"),
    ),
    "Anthropic, in bytes": (413, anthropic("Request exceeds the maximum size", "request_too_large")),
    "Google": (
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": "The input token count (1196265) exceeds the maximum number of tokens.",
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
    ),
    "Mistral": (
        400,
        {
            "object": "error",
            "message": "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
            "type": "invalid_request_prompt",
            "code": "3051",
        },
    ),
    "vLLM": (
        400,
        {
            "object": "error",
            "message": "This model's maximum context length is 4096 tokens. However, you requested 5000",
            "type": "BadRequestError",
            "code": 400,
        },
    ),
    "llama.cpp": (
        400,
        {
            "error": {
                "code": 400,
                "message": "the request exceeds the available context size, try increasing it",
                "type": "exceed_context_size_error",
            }
        },
    ),
    "LM Studio": (
        400,
        {"error": "tokens to keep from the initial prompt is greater than the context length"},
    ),
    "Ollama": (400, {"error": "prompt too long; exceeded max context length by 12 tokens"}),
    "TGI": (
        422,
        {
            "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096",
            "error_type": "validation",
        },
    ),
    "Bedrock": (400, {"message": "Input is too long for requested model."}),
    "Bedrock, Nova": (
        400,
        {"message": "Input Tokens Exceeded: Number of input tokens exceeds maximum length."},
    ),
    "OpenRouter": (
        400,
        {
            "error": {
                "code": 400,
                "message": "This endpoint's maximum context length is 204800 tokens. However, you asked for",
            }
        },
    ),
    "OpenRouter, of another": (
        400,
        {
            "error": {
                "code": 400,
                "message": "Provider returned error",
                "metadata": {"raw": json.dumps(anthropic("prompt is too long: 3 tokens > 2 maximum"))},
            }
        },
    ),
    "Poolside": (
        400,
        openai("Input length 131393 exceeds the maximum allowed input length of 131040 tokens."),
    ),
    "in brackets": (400, openai("Input length (265330) exceeds model's maximum context length (262144).")),
    "xAI": (
        400,
        {"error": "This model's maximum prompt length is 131072 but the request contains 537812 tokens."},
    ),
    "Groq": (
        413,
        openai("Please reduce the length of the messages or completion.", "context_length_exceeded"),
    ),
    "Together": (422, openai("The input (12 tokens) is longer than the model's context length (8 tokens).")),
    "GitHub": (
        413,
        openai("Request body too large for gpt-4o model. Max size: 8000 tokens.", "tokens_limit_reached"),
    ),
    "Copilot": (400, openai("prompt token count of 70000 exceeds the limit of 64000")),
    "MiniMax": (400, openai("invalid params, context window exceeds limit (2013)")),
    "Moonshot": (
        400,
        openai("Invalid request: Your request exceeded model token limit: 262144 (requested: 566084)"),
    ),
    "Alibaba": (400, openai("Range of input length should be [1, 129024]", "invalid_parameter_error")),
    "Zhipu": (400, {"error": {"code": "1261", "message": "Prompt \u8d85\u957f"}}),
    "Cohere": (400, {"message": "too many tokens: total number of tokens in the prompt cannot exceed 4081"}),
    "LiteLLM": (400, openai("litellm.ContextWindowExceededError: it is", "ContextWindowExceededError")),
    "Atlas": (400, openai("Prompt too long: 5152 tokens exceeds max_seq_len 2048")),
    "no JSON": (413, b"input is too long"),
}


@pytest.mark.parametrize(("status", "body"), TOO_LONG.values(), ids=TOO_LONG)
def test_a_request_that_is_too_long_for_a_model_is_known_by_its_vendors_words(status, body):
    error = read(body)
    assert provider_errors.is_too_long(error, status)
    assert not provider_errors.is_account(error, status, Vendor.OTHER)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, openai("Invalid request.")),
        (400, openai("messages: at least one message is required")),
        (413, openai("The request is too large.", "request_too_large")),
        (422, openai("Unable to process the request.", "unprocessable_entity")),
        (400, {"message": "ThrottlingException: Too many tokens, please wait before trying again."}),
        (400, openai("Rate limit reached for tokens per minute: too many tokens")),
        (429, openai("This model's maximum context length is 8192 tokens.", "context_length_exceeded")),
        (400, openai("max_tokens is too large: 100000. This model supports at most 16384 completion tokens")),
        (400, b""),
    ],
)
def test_other_requests_that_are_wrong_are_not_too_long(status, body):
    assert not provider_errors.is_too_long(read(body), status)


ACCOUNT = {
    "OpenAI, a key": (401, openai("Incorrect API key provided: sk-abc", "invalid_api_key")),
    "OpenAI, a quota": (
        429,
        openai("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
    ),
    "OpenAI, no billing": (429, openai("Your account is not active", "billing_not_active")),
    "OpenAI, a limit": (400, openai("Billing hard limit has been reached", "billing_hard_limit_reached")),
    "OpenAI, a region": (403, openai("Country not supported", "unsupported_country_region_territory")),
    "Anthropic, a key": (401, anthropic("invalid x-api-key", "authentication_error")),
    "Anthropic, billing": (402, anthropic("Your credit balance is too low.", "billing_error")),
    "Anthropic, credits": (400, anthropic("Your credit balance is too low to access the Anthropic API.")),
    "Anthropic, a limit": (
        400,
        anthropic("You have reached your specified API usage limits. You will regain access"),
    ),
    "Anthropic, disabled": (400, anthropic("This organization has been disabled.")),
    "Anthropic, on hold": (400, anthropic("It is.", details={"error_code": "organization_on_hold"})),
    "Anthropic, a contract": (
        429,
        anthropic("It is.", "rate_limit_error", details={"error_code": "contract_spend_limit_reached"}),
    ),
    "Azure, Google, DeepSeek": (402, {"error": {"message": "Insufficient Balance"}}),
    "Google, a key": (
        400,
        [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}],
    ),
    "Google, an old key": (
        400,
        {"error": {"code": 400, "message": "API key expired. Please renew the API key."}},
    ),
    "Google, a cap": (
        429,
        {"error": {"code": 429, "message": "Your billing account has exceeded its monthly spending cap"}},
    ),
    "Google, prepaid": (429, {"error": {"code": 429, "message": "Your prepayment credits are depleted."}}),
    "xAI, a key": (
        400,
        {"code": "Client specified an invalid argument", "error": "Incorrect API key provided: xa***"},
    ),
    "xAI, credits": (
        429,
        {"error": "Your team has either used all available credits or reached its spending limit"},
    ),
    "xAI, a team": (
        403,
        {"code": "personal-team-blocked:spending-limit", "error": "You have run out of credits"},
    ),
    "Alibaba": (
        400,
        {"error": {"code": "Arrearage", "message": "Access denied, is your account in good standing?"}},
    ),
    "Moonshot": (429, openai("Your account is suspended", None, "exceeded_current_quota_error")),
    "Zhipu": (429, {"error": {"code": "1113", "message": "\u4f59\u989d\u4e0d\u8db3"}}),
    "MiniMax": (429, openai("insufficient balance (1008)", None, "insufficient_balance_error")),
    "Groq": (400, openai("Organization has been restricted.", "organization_restricted")),
    "Fireworks": (
        412,
        openai("Account acme is suspended, possibly due to reaching the monthly spending limit"),
    ),
    "LiteLLM": (400, openai("Budget has been exceeded! Current cost: 1", "400", "budget_exceeded")),
    "Hugging Face": (
        402,
        {"error": "You have exceeded your monthly included credits for Inference Providers."},
    ),
    "a proxy": (407, b"<html>"),
    "an account that broke a rule": (
        403,
        openai("Your account was disabled for breaking our usage policies"),
    ),
    "sub2api": (403, {"code": "INSUFFICIENT_BALANCE", "message": "Insufficient account balance"}),
}


@pytest.mark.parametrize(("status", "body"), ACCOUNT.values(), ids=ACCOUNT)
def test_trouble_with_the_account_is_known_whatever_its_status(status, body):
    assert provider_errors.is_account(read(body), status, Vendor.OTHER)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, openai("Invalid request.")),
        (404, openai("The model does not exist", "model_not_found")),
        (429, openai("Rate limit reached", "rate_limit_exceeded", "tokens")),
        (
            429,
            {
                "error": {
                    "code": 429,
                    "message": "You exceeded your current quota, please check your plan and billing details.",
                    "status": "RESOURCE_EXHAUSTED",
                }
            },
        ),
        (403, {"error": {"code": 403, "message": "Input was flagged", "metadata": {"reasons": ["x"]}}}),
        (403, {"error": "Content violates usage guidelines. Failed check: SAFETY_CHECK"}),
        (500, {"error": {"message": "insufficient balance (1008)"}}),
        (503, openai("You exceeded your current quota", "insufficient_quota")),
    ],
)
def test_what_a_client_or_another_moment_can_change_is_not_the_accounts(status, body):
    assert not provider_errors.is_account(read(body), status, Vendor.OTHER)


def test_alibaba_has_openais_word_for_an_empty_account_for_one_who_is_too_fast():
    error = read(openai("You exceeded your current quota", "insufficient_quota", "insufficient_quota"))
    assert not provider_errors.is_account(error, 429, Vendor.ALIBABA)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (openai("The model `x` does not exist", "model_not_found"), True),
        (anthropic("model: claude-1", "not_found_error"), True),
        ({"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}}, True),
        ({"error": {"code": 404, "message": "models/x is not found", "status": "NOT_FOUND"}}, True),
        ({"detail": "Not Found"}, True),
        (b"<html>404</html>", True),
        (b"", True),
        (openai("Unknown request URL: POST /chat"), True),
        (openai("No such File object: file-abc"), False),
        (openai("Vector store with id [vs_1] not found."), False),
    ],
)
def test_a_404_is_the_targets_unless_it_is_of_what_the_request_names(body, expected):
    assert provider_errors.is_models(read(body)) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": {"code": "invalid_api_key", "message": "it is"}}, True),
        ({"error": {"code": 401, "message": "it is"}}, True),
        ({"error": {"code": 402, "message": "it is"}}, True),
        ({"error": {"code": 403, "message": "flagged by moderation"}}, False),
        ({"error": {"code": 502, "message": "it is"}}, False),
        ({"code": 1000, "msg": "Authentication failed: invalid api key", "success": False}, True),
    ],
)
def test_trouble_with_the_account_is_known_also_where_the_status_is_a_success(body, expected):
    assert provider_errors.is_account_error_in_body(read(body)) is expected


@pytest.mark.parametrize(
    "body", [b"[" * 9000, b"[" * 100_000, b"\xff\xfe", b'{"error":' * 500, b"null", b"7"]
)
def test_whatever_comes_is_read(body):
    error = read(body)
    assert not provider_errors.is_account(error, 400, Vendor.OTHER)
    assert not provider_errors.is_too_long(error, 400)
    assert error.quotable == ""


def test_an_error_within_itself_is_not_followed_for_ever():
    body = {}
    part = body
    for _ in range(500):
        part["error"] = {"message": "deep"}
        part = part["error"]
    assert provider_errors.error_in(body).message == "deep"
