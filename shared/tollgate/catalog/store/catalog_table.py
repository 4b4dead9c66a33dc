"""The catalog table: providers, models and their aliases, one item each under its kind and id."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import condition_failed, integer, item, pages
from tollgate.catalog import catalog
from tollgate.catalog.catalog import (
    ApiEndpoint,
    AuthHeader,
    Model,
    ModelType,
    OutputLimit,
    Provider,
    ProviderApi,
    ProviderType,
    StreamUsage,
    Target,
)
from tollgate.catalog.store import price_items
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.conflicts import AlreadyExistsError, EditConflictError
from tollgate.lean_dataclass import dataclass
from tollgate.pricing.vendors import Vendor, vendor_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item

PROVIDER = "provider"
MODEL = "model"
DELETED = "deleted"
ALIAS = "alias"
WILDCARD = "wildcard"


@dataclass(frozen=True, slots=True)
class CatalogTable:
    client: DynamoDBClient
    table: str

    def model(self, system_name: str) -> Model | None:
        return self.model_by_id(catalog.model_id(system_name))

    def model_by_id(self, model_id: str) -> Model | None:
        found = self._get(MODEL, model_id)
        return _to_model(found) if found else None

    def model_named(self, name: str) -> Model | None:
        """By its system name, by an alias, or as one of those that a wildcard stands for."""
        from tollgate.catalog import wildcards  # noqa: PLC0415 - no start reads it, as few catalogs have any

        if wildcards.is_wildcard(name) or len(name) > catalog.MAX_NAME_CHARACTERS:
            return None
        found = self.model(name)
        if found is None and (own_name := self.aliased(name)) is not None:
            found = self.model(own_name)
        if found is None and (fitting := wildcards.fitting(name, self.wildcards())) is not None:
            wildcard = self.model(fitting)
            found = None if wildcard is None else self.of_wildcard(wildcard, name)
        return found

    def wildcards(self) -> list[str]:
        """The names of the models that stand for others."""
        return [each["id"] for each in self._all(WILDCARD)]

    def of_wildcard(self, wildcard: Model, name: str) -> Model:
        """The model of that name, which a wildcard stands for, maybe without a price."""
        from tollgate.catalog import wildcards  # noqa: PLC0415
        from tollgate.catalog.store.listed_prices import ListedPrices  # noqa: PLC0415

        listed = ListedPrices(self.client, self.table).of(wildcards.remote_id_of(wildcard, name))
        return wildcards.derived(wildcard, name, listed, self.provider(wildcard.provider_id))

    def all_of_wildcard(self, wildcard: Model) -> Iterator[Model]:
        """Those that a wildcard is known to stand for."""
        from tollgate.catalog import wildcards  # noqa: PLC0415
        from tollgate.catalog.store.listed_prices import ListedPrices  # noqa: PLC0415

        listed = ListedPrices(self.client, self.table).all()
        return wildcards.known_models(wildcard, listed, self.provider(wildcard.provider_id))

    def aliased(self, alias: str) -> str | None:
        """The system name of the model that has an alias."""
        found = self._get(ALIAS, alias)
        return found["system_name"] if found else None

    def provider(self, provider_id: str) -> Provider | None:
        found = self._get(PROVIDER, provider_id)
        return _to_provider(found) if found else None

    def models(self) -> Iterator[Model]:
        return map(_to_model, self._all(MODEL))

    def providers(self) -> Iterator[Provider]:
        return map(_to_provider, self._all(PROVIDER))

    def add_model(self, model: Model) -> None:
        """Raises `AlreadyExistsError` if the system name is taken."""
        self._add(from_model(model))

    def add_provider(self, provider: Provider) -> None:
        """Raises `AlreadyExistsError` if the name is taken."""
        self._add(from_provider(provider))

    def replace_model(self, edited: Model) -> Model:
        """Stores an edited model under the next revision; raises `EditConflictError`."""
        stored = replace(edited, revision=edited.revision + 1)
        self._replace(from_model(stored), edited.revision)
        return stored

    def replace_provider(self, edited: Provider) -> Provider:
        """Stores an edited provider under the next revision; raises `EditConflictError`."""
        stored = replace(edited, revision=edited.revision + 1)
        self._replace(from_provider(stored), edited.revision)
        return stored

    def last_revision(self, item_id: str) -> int:
        """At which a provider or model of that id was deleted, 0 if none was.

        One that takes its place goes on from there: what names a revision then never means another one.
        """
        deleted = self._get(DELETED, item_id)
        return int(deleted["revision"]) if deleted else 0

    def _get(self, kind: str, item_id: str) -> Item | None:
        return dynamodb.get(self.client, self.table, kind=kind, id=item_id)

    def _all(self, kind: str) -> Iterator[Item]:
        return pages(
            self.client.query,
            TableName=self.table,
            KeyConditionExpression="kind = :kind",
            ExpressionAttributeValues=values({":kind": kind}),
            ConsistentRead=True,
        )

    def _add(self, new: Item) -> None:
        try:
            self.client.put_item(
                TableName=self.table, Item=item(new), ConditionExpression="attribute_not_exists(id)"
            )
        except ServiceError as error:
            if condition_failed(error):
                raise AlreadyExistsError from error
            raise

    def _replace(self, edited: Item, seen_revision: int) -> None:
        try:
            self.client.put_item(
                TableName=self.table,
                Item=item(edited),
                ConditionExpression="revision = :seen",
                ExpressionAttributeValues=values({":seen": seen_revision}),
            )
        except ServiceError as error:
            if condition_failed(error):
                raise EditConflictError from error
            raise


def from_provider(provider: Provider) -> Item:
    return {
        "kind": PROVIDER,
        "id": provider.id,
        "name": provider.name,
        "type": provider.type.value,
        "base_url": provider.base_url,
        "credential_version": provider.credential_version,
        "created_at": rfc3339(provider.created_at),
        "updated_at": rfc3339(provider.updated_at),
        "revision": provider.revision,
        "auth_header": provider.auth_header.value,
        "output_limit": provider.output_limit.value,
        "stream_usage": provider.stream_usage.value,
        "namings": provider.namings or None,
        "vendor": provider.vendor.value,
        "beta_headers": list(provider.beta_headers) or None,
        "managed_by": provider.managed_by,
        "apis": None if provider.apis is None else [_from_endpoint(each) for each in provider.apis],
    }


def _from_endpoint(endpoint: ApiEndpoint) -> Item:
    return {
        "api": endpoint.api.value,
        "base_url": endpoint.base_url,
        "auth_header": endpoint.auth_header.value,
    }


def _to_endpoint(stored: Mapping[str, Any]) -> ApiEndpoint:
    return ApiEndpoint(ProviderApi(stored["api"]), stored["base_url"], AuthHeader(stored["auth_header"]))


def _to_provider(stored: Mapping[str, Any]) -> Provider:
    return Provider(
        id=stored["id"],
        name=stored["name"],
        type=ProviderType(stored["type"]),
        base_url=stored["base_url"],
        credential_version=int(stored["credential_version"]),
        created_at=from_rfc3339(stored["created_at"]),
        updated_at=from_rfc3339(stored["updated_at"]),
        revision=int(stored["revision"]),
        auth_header=AuthHeader(stored["auth_header"]),
        output_limit=OutputLimit(stored["output_limit"]),
        stream_usage=StreamUsage(stored["stream_usage"]),
        namings=int(stored.get("namings", 0)),
        vendor=Vendor(stored["vendor"]) if "vendor" in stored else vendor_of(stored["base_url"]),
        beta_headers=tuple(stored.get("beta_headers", ())),
        managed_by=stored.get("managed_by"),
        apis=tuple(map(_to_endpoint, stored["apis"])) if "apis" in stored else None,
    )


def from_model(model: Model) -> Item:
    return {
        "kind": MODEL,
        "id": model.id,
        "system_name": model.system_name,
        "provider_id": model.provider_id,
        "remote_id": model.remote_id,
        "type": model.type.value,
        "prices": [price_items.to_item(version) for version in model.prices],
        "created_at": rfc3339(model.created_at),
        "updated_at": rfc3339(model.updated_at),
        "revision": model.revision,
        "allow_unpriced": model.allow_unpriced,
        "context_limit": model.context_limit,
        "output_limit": model.output_limit,
        "weight": model.weight,
        "priority": model.priority,
        "alternatives": [_from_target(target) for target in model.alternatives],
        "safety_level": model.safety_level,
        "fallbacks": list(model.fallbacks) or None,
        "allow_unpriced_options": model.allow_unpriced_options,
        "prompt_overhead": model.prompt_overhead,
        "managed_by": model.managed_by,
        "strict_translation": model.strict_translation or None,
        "aliases": list(model.aliases) or None,
    }


def from_wildcard(model: Model) -> Item:
    return {"kind": WILDCARD, "id": model.system_name}


def from_alias(alias: str, model: Model) -> Item:
    return {"kind": ALIAS, "id": alias, "system_name": model.system_name}


def _from_target(target: Target) -> Item:
    return {
        "provider_id": target.provider_id,
        "remote_id": target.remote_id,
        "weight": target.weight,
        "priority": target.priority,
        "prices": [price_items.to_item(version) for version in target.prices],
    }


def _to_target(stored: Mapping[str, Any]) -> Target:
    return Target(
        provider_id=stored["provider_id"],
        remote_id=stored["remote_id"],
        weight=int(stored["weight"]),
        priority=int(stored["priority"]),
        prices=tuple(price_items.to_version(version) for version in stored["prices"]),
    )


def _to_model(stored: Mapping[str, Any]) -> Model:
    return Model(
        id=stored["id"],
        system_name=stored["system_name"],
        provider_id=stored["provider_id"],
        remote_id=stored["remote_id"],
        type=ModelType(stored["type"]),
        prices=tuple(price_items.to_version(version) for version in stored["prices"]),
        created_at=from_rfc3339(stored["created_at"]),
        updated_at=from_rfc3339(stored["updated_at"]),
        revision=int(stored["revision"]),
        allow_unpriced=stored["allow_unpriced"],
        context_limit=integer(stored.get("context_limit")),
        output_limit=integer(stored.get("output_limit")),
        weight=int(stored["weight"]),
        priority=int(stored["priority"]),
        alternatives=tuple(_to_target(target) for target in stored["alternatives"]),
        safety_level=int(stored.get("safety_level", 0)),
        fallbacks=tuple(stored.get("fallbacks", ())),
        allow_unpriced_options=stored.get("allow_unpriced_options", False),
        prompt_overhead=integer(stored.get("prompt_overhead")),
        managed_by=stored.get("managed_by"),
        strict_translation=stored.get("strict_translation", False),
        aliases=tuple(stored.get("aliases", ())),
    )
