"""The requests of steps: bodies as the API takes them, with the ids that names stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tollgate_cli.configuration.declared_things import IDENTITIES, Kind
from tollgate_cli.configuration.planning import comparing, key_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate_cli.configuration.actual import Gateway
    from tollgate_cli.configuration.applying.steps import Step
    from tollgate_cli.configuration.declared_things import Declared
    from tollgate_cli.configuration.secret_sources import SecretSources
    from tollgate_client import AdminClient

Answer = dict[str, Any]


class Requests:
    """Sends steps, and remembers the ids and revisions that the answers have."""

    def __init__(
        self,
        admin: AdminClient,
        gateway: Gateway,
        sources: SecretSources,
        is_to_come: Callable[[Declared], bool],
    ) -> None:
        """`is_to_come` says whether a model's prices in the files count from a moment that is ahead."""
        self._admin = admin
        self._gateway = gateway
        self._sources = sources
        self._is_to_come = is_to_come
        self._ids = {
            (kind, name): thing.id for kind in IDENTITIES for name, thing in gateway.of(kind).items()
        }
        self._revisions: dict[tuple[Kind, str], int] = {}

    def create(self, step: Step) -> Answer:
        """The new thing, as the gateway shows it."""
        body = self._body(step, step.fields)
        body[IDENTITIES[step.change.kind]] = step.change.name
        creations: dict[Kind, Callable[[Any], Any]] = {
            Kind.PROVIDER: self._admin.create_provider,
            Kind.MODEL: self._admin.create_model,
            Kind.KEY: self._admin.create_key,
        }
        return self._noted(step, creations[step.change.kind](body))

    def edit(self, step: Step) -> Answer:
        """Of a key, its limit and what goes along with it first, then what only the other edit takes."""
        body = self._body(step, step.fields)
        change, admin = step.change, self._admin
        if change.kind is Kind.SETTINGS:
            return self._noted(step, admin.update_settings(cast("Any", body), if_match=self._revision(step)))
        if change.kind is Kind.ALERTS:
            whole: Any = {**self._gateway.alerts.fields, **body}
            return self._noted(step, admin.set_defaults(whole, if_match=self._revision(step)))
        if change.kind is Kind.KEY:
            return self._edit_key(step, body)
        update: Callable[..., Any] = (
            admin.update_provider if change.kind is Kind.PROVIDER else admin.update_model
        )
        return self._noted(step, update(change.id, body, if_match=self._revision(step)))

    def move(self, step: Step) -> Answer:
        body: Any = {"parentId": self._parent(step.fields["parent"])}
        return self._noted(step, self._admin.update_key(step.change.id, body, if_match=self._revision(step)))

    def issue(self, step: Step) -> Answer:
        return self._noted(step, self._admin.rotate_key(step.change.id, if_match=self._revision(step)))

    def delete(self, step: Step) -> None:
        deletions: dict[Kind, Callable[..., Any]] = {
            Kind.PROVIDER: self._admin.delete_provider,
            Kind.MODEL: self._admin.delete_model,
            Kind.KEY: self._admin.delete_key,
        }
        deletions[step.change.kind](step.change.id, if_match=self._revision(step))

    def revoke(self, step: Step) -> None:
        self._admin.revoke_key(step.change.id, if_match=self._revision(step))

    def _edit_key(self, step: Step, body: Answer) -> Answer:
        answer: Answer = {}
        for request in key_steps.requests(body):
            edit: Any = request
            send = self._admin.set_budget if "budgetLimit" in request else self._admin.update_key
            answer = self._noted(step, send(step.change.id, edit, if_match=self._revision(step)))
        return answer

    def _body(self, step: Step, fields: Mapping[str, Any]) -> Answer:
        declared = step.change.declared
        body = dict(fields)
        if declared is None:
            return body
        if step.change.kind is Kind.PROVIDER:
            return self._of_provider(declared, body)
        if step.change.kind is Kind.MODEL:
            return self._of_model(declared, body)
        body.pop("secret", None)
        if body.get("parent") is not None:
            body["parentId"] = self._parent(body["parent"])
        body.pop("parent", None)
        return comparing.sent(declared, body)

    def _of_provider(self, declared: Declared, body: Answer) -> Answer:
        body = comparing.sent(declared, body)
        # Its key isn't taken to another host unless it is sent again.
        if "apiKey" in declared.fields and {"apiKey", *comparing.HOSTS} & body.keys():
            body["apiKey"] = self._sources.read(declared.fields["apiKey"])
        return body

    def _of_model(self, declared: Declared, body: Answer) -> Answer:
        body.pop("effectiveAt", None)
        body = comparing.sent(declared, body)
        if comparing.is_priced(body) and self._is_to_come(declared):
            body["effectiveAt"] = declared.fields["effectiveAt"]
        if "provider" in body:
            body["providerId"] = self._ids[Kind.PROVIDER, body.pop("provider")]
        if "alternatives" in body:
            body["alternatives"] = [
                {
                    **{name: value for name, value in each.items() if name != "provider"},
                    "providerId": self._ids[Kind.PROVIDER, each["provider"]],
                }
                for each in body["alternatives"]
            ]
        return body

    def _parent(self, name: str | None) -> str | None:
        return None if name is None else self._ids[Kind.KEY, name]

    def _revision(self, step: Step) -> int | None:
        """That of the plan, or of what this apply has made of it since."""
        return self._revisions.get((step.change.kind, step.change.name), step.change.revision)

    def _noted(self, step: Step, answer: Any) -> Answer:
        made: Answer = answer
        self._revisions[step.change.kind, step.change.name] = made["revision"]
        if "id" in made:
            self._ids[step.change.kind, step.change.name] = made["id"]
        return made
