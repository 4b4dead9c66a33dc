"""The mock provider's routes."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from infra.mock_provider.apis.anthropic_messages import count_message_tokens, create_message
from infra.mock_provider.apis.batch_store import BatchStore
from infra.mock_provider.apis.models import (
    list_anthropic_models,
    list_openai_models,
    retrieve_anthropic_model,
    retrieve_openai_model,
)
from infra.mock_provider.apis.openai_chat import create_chat_completion
from infra.mock_provider.apis.openai_embeddings import create_embeddings
from infra.mock_provider.apis.openai_images import create_images
from infra.mock_provider.apis.response_store import ResponseStore
from infra.mock_provider.control import ControlError, FaultQueue
from infra.mock_provider.endpoint import Surface, either, no_such_path
from infra.mock_provider.gates import Gates
from infra.mock_provider.identity.identities import Identities
from infra.mock_provider.identity.token_routes import token_routes
from infra.mock_provider.journal import Journal
from infra.mock_provider.provider import Anthropic, OpenAI


def create_app() -> Starlette:
    journal, faults, gates, identities = Journal(), FaultQueue(), Gates(), Identities()
    responses, batches = ResponseStore(), BatchStore()
    openai = Surface(OpenAI(), journal, faults, gates, identities).endpoint
    anthropic = Surface(Anthropic(), journal, faults, gates, identities).endpoint
    models = either(openai(list_openai_models), anthropic(list_anthropic_models))
    model = either(openai(retrieve_openai_model), anthropic(retrieve_anthropic_model))
    elsewhere = either(openai(no_such_path), anthropic(no_such_path))
    api = [
        Route("/chat/completions", openai(create_chat_completion), methods=["POST"]),
        Route("/responses", openai(responses.create), methods=["POST"]),
        Route("/responses/{target}", openai(responses.retrieve), methods=["GET"]),
        Route("/responses/{target}", openai(responses.delete), methods=["DELETE"]),
        Route("/responses/{target}/cancel", openai(responses.cancel), methods=["POST"]),
        Route("/responses/{target}/input_items", openai(responses.list_input_items), methods=["GET"]),
        Route("/embeddings", openai(create_embeddings), methods=["POST"]),
        Route("/images/generations", openai(create_images), methods=["POST"]),
        Route("/files", openai(batches.upload), methods=["POST"]),
        Route("/files", openai(batches.list_files), methods=["GET"]),
        Route("/files/{target}", openai(batches.retrieve_file), methods=["GET"]),
        Route("/files/{target}", openai(batches.delete_file), methods=["DELETE"]),
        Route("/files/{target}/content", openai(batches.file_content), methods=["GET"]),
        Route("/batches", openai(batches.create), methods=["POST"]),
        Route("/batches", openai(batches.list_batches), methods=["GET"]),
        Route("/batches/{target}", openai(batches.retrieve), methods=["GET"]),
        Route("/batches/{target}/cancel", openai(batches.cancel), methods=["POST"]),
        Route("/messages/batches", anthropic(batches.create_messages), methods=["POST"]),
        Route("/messages/batches", anthropic(batches.list_messages), methods=["GET"]),
        Route("/messages/batches/{target}", anthropic(batches.retrieve_messages), methods=["GET"]),
        Route("/messages/batches/{target}", anthropic(batches.delete_messages), methods=["DELETE"]),
        Route("/messages/batches/{target}/cancel", anthropic(batches.cancel_messages), methods=["POST"]),
        Route("/messages/batches/{target}/results", anthropic(batches.message_results), methods=["GET"]),
        Route("/messages", anthropic(create_message), methods=["POST"]),
        Route("/messages/count_tokens", anthropic(count_message_tokens), methods=["POST"]),
        Route("/models", models, methods=["GET"]),
        Route("/models/{target}", model, methods=["GET"]),
        Route("/{target:path}", elsewhere, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def requests(_request: Request) -> Response:
        return JSONResponse(journal.entries())

    async def queue_faults(request: Request) -> Response:
        try:
            faults.extend(await request.json())
        except ControlError as error:
            return JSONResponse({"error": {"message": str(error), "param": error.param}}, 400)
        return Response(status_code=204)

    async def open_gate(request: Request) -> Response:
        gates.open(request.path_params["name"])
        return Response(status_code=204)

    async def reset(_request: Request) -> Response:
        journal.clear()
        faults.clear()
        gates.clear()
        responses.clear()
        batches.clear()
        identities.clear()
        return Response(status_code=204)

    async def know(request: Request) -> Response:
        identities.know(await request.json())
        return Response(status_code=204)

    steering = [
        Route("/health", health, methods=["GET"]),
        Route("/requests", requests, methods=["GET"]),
        Route("/faults", queue_faults, methods=["POST"]),
        Route("/gates/{name}", open_gate, methods=["POST"]),
        Route("/identities", know, methods=["POST"]),
        Route("/reset", reset, methods=["POST"]),
        Mount("/tokens", routes=token_routes(identities)),
    ]
    # Below these paths Amazon Bedrock has OpenAI's API and Anthropic's.
    paths = ("/v1", "/openai/v1", "/anthropic/v1")
    return Starlette(routes=[*(Mount(path, routes=api) for path in paths), Mount("/__mock", routes=steering)])
