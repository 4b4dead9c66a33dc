"""API Gateway's events for /v1, and for what nothing else serves, answered in one piece or as a stream."""

from __future__ import annotations

import base64
import json
import logging
import os
import random
import ssl
import sys
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aws_wire import dynamodb, ssm
from tollgate import base_paths, identifiers
from tollgate.aws.metrics import EmbeddedMetrics
from tollgate.catalog.auth import auth_schemes
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate.catalog.store.provider_keys import Credentials
from tollgate.clock import utc_now
from tollgate.gateway_state.store.replies_table import RepliesTable
from tollgate.gateway_state.store.responses_table import ResponsesTable
from tollgate.ledger.store.ledger import Ledger
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy import settings
from tollgate_proxy.apis import refusal_answers
from tollgate_proxy.catalog_cache import CachedCatalog
from tollgate_proxy.gateway import Gateway
from tollgate_proxy.http_messages import Answer, Request
from tollgate_proxy.serving.failover import Dispatcher
from tollgate_proxy.upstream.provider_calls import Upstream
from tollgate_proxy.upstream.provider_pool import ProviderPool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tollgate.catalog.auth.minted_tokens import Ask
    from tollgate.ledger.scopes import Scope
    from tollgate_proxy.batches.batch_settlement import BatchSettlement
    from tollgate_proxy.ports import Conversations
    from tollgate_proxy.settings import Settings

logging.getLogger().setLevel(logging.INFO)

# Time kept of what API Gateway gives an answer, for settling after the provider's last word.
_SETTLEMENT = timedelta(seconds=3)
# Lambda carries at most 6 MB of response (6,291,556 bytes), the body escaped in it; an answer smaller
# than a sixth of that fits however much of it is escaped.
_MAX_ESCAPED_BYTES = 6_200_000
_FITS_ANYHOW_BYTES = 1_000_000
_NO_CONTENT = 204
# What OpenSSL takes its seed anew from.
_SEED_BYTES = 48


@cache
def client() -> Any:
    """Of this execution environment. What the stores call of it has boto3's names and shapes."""
    return dynamodb.connect(settings.of_aws())


@cache
def parameters() -> Any:
    """Of this execution environment, as `client`."""
    return ssm.connect(settings.of_aws())


@cache
def catalog(deployed: Settings) -> CachedCatalog:
    table = CatalogTable(client(), deployed.catalog_table)
    return CachedCatalog(table, deployed.catalog_cache.total_seconds())


@cache
def gateway(deployed: Settings) -> Gateway:
    """The gateway of this execution environment."""
    return composed(deployed, client(), parameters(), catalog(deployed))


def composed(deployed: Settings, tables: Any, secrets: Any, cached: CachedCatalog) -> Gateway:
    """The gateway over these clients and the catalog that is read through them."""
    ledger = Ledger(
        tables,
        deployed.keys_table,
        deployed.usage_table,
        deployed.usage_retention,
        deployed.abandoned_holds,
        partial(_increasing, deployed, tables),
        deployed.hold_form,
    )
    dispatcher = Dispatcher(
        upstream=upstream(deployed),
        credentials=Credentials(secrets, deployed.credentials_prefix),
        clock=utc_now,
    )
    metrics = EmbeddedMetrics(deployed.stack_name, sys.stdout.write, utc_now)
    return Gateway(
        ledger=ledger,
        catalog=cached,
        responses=ResponsesTable(tables, deployed.responses_table),
        answers=RepliesTable(tables, deployed.answers_table),
        conversations=cache(partial(_conversations, deployed, tables)),
        batches=lambda: _batches(
            deployed, tables, ledger, cached=cached, dispatcher=dispatcher, metrics=metrics
        ),
        dispatcher=dispatcher,
        clock=utc_now,
        metrics=metrics,
        function_timeout=deployed.function_timeout,
        max_request_bytes=deployed.max_request_bytes,
        output=deployed.output,
        hold_wait=deployed.hold_wait,
        sdk_names=deployed.sdk_names,
        budget_refusal_status=deployed.budget_refusal_status,
        record_bodies=partial(_keeping, deployed, tables),
    )


def upstream(deployed: Settings) -> Upstream:
    """Calls to providers, and requests for the tokens that some of them take, over one pool."""
    pool = ProviderPool(loopback_allowed=deployed.loopback_providers)
    schemes = auth_schemes.with_tokens(
        partial(_token_requests, deployed, pool),
        settings.of_aws(),
        loopback_allowed=deployed.loopback_providers,
    )
    return Upstream(deployed.timeouts, pool, schemes=schemes)


def _token_requests(deployed: Settings, pool: ProviderPool) -> Ask:
    # Few providers take tokens that are asked for first.
    from tollgate_proxy.upstream.token_requests import TokenRequests  # noqa: PLC0415

    return TokenRequests(pool, http_allowed=deployed.loopback_providers)


def warm_up() -> None:
    """For the runtime, before the first request: makes the gateway, and its connection to DynamoDB.

    Providers' keys stay where they are until a request needs them: no snapshot has them.
    """
    deployed = settings.from_environment()
    gateway(deployed)
    catalog(deployed).read_ahead()


def renew() -> None:
    """For the runtime, where the process goes on from a snapshot, as others do from the same one.

    Identifiers are drawn from the operating system anyway.
    """
    deployed = settings.from_environment()
    client().reset()
    parameters().reset()
    catalog(deployed).forget()
    random.seed()
    gateway(deployed).dispatcher.random.seed()
    ssl.RAND_add(os.urandom(_SEED_BYTES), _SEED_BYTES)


def _conversations(deployed: Settings, tables: Any) -> Conversations:
    # Few keys have calls served by another model: no start reads this for the others.
    from tollgate.gateway_state.store.conversations_table import ConversationsTable  # noqa: PLC0415

    return ConversationsTable(tables, deployed.answers_table)


def _batches(
    deployed: Settings,
    tables: Any,
    ledger: Ledger,
    *,
    cached: CachedCatalog,
    dispatcher: Dispatcher,
    metrics: EmbeddedMetrics,
) -> BatchSettlement:
    # Few requests are about batches.
    from tollgate.gateway_state.store.batches_table import BatchesTable  # noqa: PLC0415
    from tollgate_proxy.batches.batch_settlement import BatchSettlement  # noqa: PLC0415

    table = BatchesTable(tables, deployed.batches_table)
    return BatchSettlement(ledger, cached, table, dispatcher, utc_now, metrics)


def _increasing(deployed: Settings, tables: Any, scope: Scope, refused: RefusedError) -> bool:
    # Few calls are refused by a key that raises its own limit.
    from tollgate_proxy.side import limit_increases  # noqa: PLC0415

    policy = limit_increases.policy(tables, deployed.keys_table, deployed.audit_table)
    return policy.for_refused(scope, refused)


def _keeping(deployed: Settings, tables: Any, request: Request, scope: Scope, answer: Answer) -> Answer:
    from tollgate_proxy.side.body_recorder import BodyRecorder  # noqa: PLC0415 - few keys' requests need it

    kept = BodyRecorder(tables, deployed.bodies_table, deployed.body_retention, utc_now)
    return kept.recording(request, scope, answer)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    deployed = settings.from_environment()
    deadline = utc_now() + min(_remaining(context), deployed.answer_timeout) - _SETTLEMENT
    request = to_request(event, deadline)
    return to_event(_answer(deployed, request), request)


def stream(event: Mapping[str, Any], context: Any) -> Answer:
    """Like `handler`, where answers are streamed: once begun, they may take as long as the function."""
    deployed = settings.from_environment()
    now, remaining = utc_now(), _remaining(context)
    begins_by = now + min(remaining, deployed.silence_timeout) - _SETTLEMENT
    return _answer(deployed, to_request(event, now + remaining - _SETTLEMENT, begins_by))


def _answer(deployed: Settings, request: Request) -> Answer:
    """The gateway's answer, which browsers show to the pages that the deployment names."""
    preflight = deployed.cors.preflight(request.method, request.headers)
    if preflight is not None:
        return Answer(_NO_CONTENT, preflight, [])
    answer = gateway(deployed).handle(request)
    if request.method == "HEAD":
        answer = replace(answer, chunks=[])
    if not deployed.cors.allowed:
        return answer
    added = deployed.cors.headers(request.headers, answer.headers)
    if "vary" in added and "vary" in answer.headers:
        added["vary"] += f", {answer.headers['vary']}"
    return replace(answer, headers={**answer.headers, **added})


def _remaining(context: Any) -> timedelta:
    """How long Lambda lets the function go on."""
    return timedelta(milliseconds=context.get_remaining_time_in_millis())


def to_request(event: Mapping[str, Any], deadline: datetime, answer_by: datetime | None = None) -> Request:
    """The request in a REST API's proxy event, the answer to be over by `deadline`."""
    body = event.get("body") or ""
    now = utc_now()
    return Request(
        id=identifiers.request_id(now),
        method=event["httpMethod"],
        path=base_paths.path_of(event),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
        received_at=now,
        deadline=deadline,
        answer_by=answer_by or deadline,
        query=urlencode(event.get("multiValueQueryStringParameters") or {}, doseq=True),
    )


def to_event(answer: Answer, request: Request) -> dict[str, Any]:
    """The answer as a REST API's proxy integration expects it."""
    body = b"".join(answer.chunks)
    answer.after()
    text = body.decode(errors="replace")
    if len(body) > _FITS_ANYHOW_BYTES and len(json.dumps(text)) > _MAX_ESCAPED_BYTES:
        message = (
            f"The provider's response of {len(body)} bytes is too large to pass on. The request was charged."
        )
        too_large = refusal_answers.to_answer(
            RefusedError(Reason.RESPONSE_TOO_LARGE, message), request.wire_format, request.id
        )
        text = b"".join(too_large.chunks).decode()
        answer = Answer(too_large.status, {**answer.headers, **too_large.headers}, [])
    return {
        "statusCode": answer.status,
        "headers": dict(answer.headers),
        "body": text,
        "isBase64Encoded": False,
    }
