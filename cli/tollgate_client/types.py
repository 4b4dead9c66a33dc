"""The types of what operations take and answer, by the names that the OpenAPI documents give them."""

from tollgate_client.generated.types import *  # noqa: F403 - all of them, and nothing else
