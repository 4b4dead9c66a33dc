"""Who a call was served by, as OpenTelemetry names providers; records have no more than their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tollgate.lean_dataclass import dataclass
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.catalog.catalog import Provider
    from tollgate.catalog.store.catalog_table import CatalogTable

# In seconds.
_REMEMBERED: Final = 60.0
# The conventions' names, of vendors for whom they have one:
# https://github.com/open-telemetry/semantic-conventions-genai/blob/v0.1.0/docs/gen-ai/client-inference.md
_NAMES = {
    Vendor.AMAZON: "aws.bedrock",
    Vendor.ANTHROPIC: "anthropic",
    Vendor.AZURE: "azure.ai.openai",
    Vendor.DEEPSEEK: "deepseek",
    Vendor.GOOGLE: "gcp.gen_ai",
    Vendor.GROQ: "groq",
    Vendor.MISTRAL: "mistral_ai",
    Vendor.MOONSHOT: "moonshot_ai",
    Vendor.OPENAI: "openai",
    Vendor.PERPLEXITY: "perplexity",
    Vendor.XAI: "x_ai",
}
_GOOGLES = {"generativelanguage.googleapis.com": "gcp.gemini", "aiplatform.googleapis.com": "gcp.vertex_ai"}
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """`name` is the conventions' or, of providers that they don't know, the vendor's or the catalog's own."""

    name: str
    address: str | None = None
    port: int | None = None


# Of an abandoned call it isn't known who was asked.
NOBODY = KnownProvider("unknown")


class KnownProviders:
    """The catalog's providers. `clock` is in seconds."""

    def __init__(self, catalog: CatalogTable, clock: Callable[[], float]) -> None:
        self._catalog, self._clock = catalog, clock
        self._known: Mapping[str, KnownProvider] = {}
        self._read_at: float | None = None

    def by_id(self) -> Mapping[str, KnownProvider]:
        """Those of a minute ago or less. Raises `ServiceError`."""
        now = self._clock()
        if self._read_at is None or now >= self._read_at + _REMEMBERED:
            self._known = {each.id: known(each) for each in self._catalog.providers()}
            self._read_at = now
        return self._known


def known(provider: Provider) -> KnownProvider:
    url = urlsplit(provider.base_url)
    host = url.hostname
    return KnownProvider(_name(provider, host or ""), host, url.port or _PORTS.get(url.scheme))


def named(providers: Mapping[str, KnownProvider], provider_id: str | None) -> KnownProvider:
    """A provider that the catalog no longer has is named by its id."""
    if provider_id is None:
        return NOBODY
    return providers.get(provider_id) or KnownProvider(provider_id)


def _name(provider: Provider, host: str) -> str:
    if provider.vendor is Vendor.GOOGLE:
        return next((name for end, name in _GOOGLES.items() if host.endswith(end)), _NAMES[Vendor.GOOGLE])
    if provider.vendor is Vendor.OTHER:
        return provider.name
    return _NAMES.get(provider.vendor, provider.vendor.value)
