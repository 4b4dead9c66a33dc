"""Operations of costs. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from typing import Literal

    from tollgate_client.generated.types.costs_types import (
        BudgetHealth,
        CostCentreRow,
        DayRow,
        FocusExportFormat,
        Granularity,
        Group,
        Interval,
        Metric,
        MonthRow,
        Outlook,
        Overview,
        OwnerRow,
        ProviderRow,
        Series,
        Sort,
        TagRow,
        WhatIf,
        WhatIfView,
    )
    from tollgate_client.generated.types.shared_types import Audience, KeyRow, ModelRow
    from tollgate_client.paging import Page
    from tollgate_client.text_stream import TextStream


class CostsOperations(ApiClient):
    def budget_health(self, *, limit: int | None = None) -> BudgetHealth:
        """Budget health. Needs the role `viewer`."""
        return self._json("GET", "/costs/budget-health", query={"limit": limit})

    def by_cost_centre(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        key_id: str | None = None,
        model: str | None = None,
        cost_centre: str | None = None,
    ) -> Page[CostCentreRow]:
        """List costs by cost centre. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/costs/by-cost-centre",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "keyId": key_id,
                "model": model,
                "costCentre": cost_centre,
            },
        )

    def by_cost_centre_text(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format: Literal["csv"] = "csv",
        key_id: str | None = None,
        model: str | None = None,
        cost_centre: str | None = None,
    ) -> TextStream:
        """List costs by cost centre. Needs the role `viewer`."""
        return self._text(
            "/costs/by-cost-centre",
            accept="text/csv",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "format": format,
                "keyId": key_id,
                "model": model,
                "costCentre": cost_centre,
            },
        )

    def by_day(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
        provider: str | None = None,
        tag: str | None = None,
        cost_centre: str | None = None,
        tree: bool | None = None,
    ) -> Page[DayRow]:
        """List costs by day. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/costs/by-day",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "keyId": key_id,
                "model": model,
                "owner": owner,
                "provider": provider,
                "tag": tag,
                "costCentre": cost_centre,
                "tree": tree,
            },
        )

    def by_day_text(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format: Literal["csv"] = "csv",
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
        provider: str | None = None,
        tag: str | None = None,
        cost_centre: str | None = None,
        tree: bool | None = None,
    ) -> TextStream:
        """List costs by day. Needs the role `viewer`."""
        return self._text(
            "/costs/by-day",
            accept="text/csv",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "format": format,
                "keyId": key_id,
                "model": model,
                "owner": owner,
                "provider": provider,
                "tag": tag,
                "costCentre": cost_centre,
                "tree": tree,
            },
        )

    def by_key(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
        cost_centre: str | None = None,
        tree: bool | None = None,
    ) -> Page[KeyRow]:
        """List costs by key. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/costs/by-key",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "keyId": key_id,
                "model": model,
                "owner": owner,
                "costCentre": cost_centre,
                "tree": tree,
            },
        )

    def by_key_text(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format: Literal["csv"] = "csv",
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
        cost_centre: str | None = None,
        tree: bool | None = None,
    ) -> TextStream:
        """List costs by key. Needs the role `viewer`."""
        return self._text(
            "/costs/by-key",
            accept="text/csv",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "format": format,
                "keyId": key_id,
                "model": model,
                "owner": owner,
                "costCentre": cost_centre,
                "tree": tree,
            },
        )

    def by_model(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
        cost_centre: str | None = None,
        tree: bool | None = None,
    ) -> Page[ModelRow]:
        """List costs by model. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/costs/by-model",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "keyId": key_id,
                "model": model,
                "owner": owner,
                "costCentre": cost_centre,
                "tree": tree,
            },
        )

    def by_model_text(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format: Literal["csv"] = "csv",
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
        cost_centre: str | None = None,
        tree: bool | None = None,
    ) -> TextStream:
        """List costs by model. Needs the role `viewer`."""
        return self._text(
            "/costs/by-model",
            accept="text/csv",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "format": format,
                "keyId": key_id,
                "model": model,
                "owner": owner,
                "costCentre": cost_centre,
                "tree": tree,
            },
        )

    def by_month(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
        provider: str | None = None,
        tag: str | None = None,
        cost_centre: str | None = None,
        tree: bool | None = None,
    ) -> Page[MonthRow]:
        """List costs by month. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/costs/by-month",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "keyId": key_id,
                "model": model,
                "owner": owner,
                "provider": provider,
                "tag": tag,
                "costCentre": cost_centre,
                "tree": tree,
            },
        )

    def by_month_text(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format: Literal["csv"] = "csv",
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
        provider: str | None = None,
        tag: str | None = None,
        cost_centre: str | None = None,
        tree: bool | None = None,
    ) -> TextStream:
        """List costs by month. Needs the role `viewer`."""
        return self._text(
            "/costs/by-month",
            accept="text/csv",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "format": format,
                "keyId": key_id,
                "model": model,
                "owner": owner,
                "provider": provider,
                "tag": tag,
                "costCentre": cost_centre,
                "tree": tree,
            },
        )

    def by_owner(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
    ) -> Page[OwnerRow]:
        """List costs by owner. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/costs/by-owner",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "keyId": key_id,
                "model": model,
                "owner": owner,
            },
        )

    def by_owner_text(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format: Literal["csv"] = "csv",
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
    ) -> TextStream:
        """List costs by owner. Needs the role `viewer`."""
        return self._text(
            "/costs/by-owner",
            accept="text/csv",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "format": format,
                "keyId": key_id,
                "model": model,
                "owner": owner,
            },
        )

    def by_provider(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        provider: str | None = None,
    ) -> Page[ProviderRow]:
        """List costs by provider. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/costs/by-provider",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "provider": provider,
            },
        )

    def by_provider_text(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format: Literal["csv"] = "csv",
        provider: str | None = None,
    ) -> TextStream:
        """List costs by provider. Needs the role `viewer`."""
        return self._text(
            "/costs/by-provider",
            accept="text/csv",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "format": format,
                "provider": provider,
            },
        )

    def by_tag(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        tag: str,
    ) -> Page[TagRow]:
        """List costs by the values of a tag. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/costs/by-tag",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "tag": tag,
            },
        )

    def by_tag_text(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format: Literal["csv"] = "csv",
        tag: str,
    ) -> TextStream:
        """List costs by the values of a tag. Needs the role `viewer`."""
        return self._text(
            "/costs/by-tag",
            accept="text/csv",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "format": format,
                "tag": tag,
            },
        )

    def export_costs(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        format: FocusExportFormat | None = None,
        granularity: Granularity | None = None,
        issuer: str | None = None,
        account_id: str | None = None,
        audience: Audience | None = None,
    ) -> TextStream:
        """Export charges as a FOCUS 1.2 file, in order of time. Needs the role `viewer`."""
        return self._text(
            "/costs/export",
            accept="text/csv",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "format": format,
                "granularity": granularity,
                "issuer": issuer,
                "accountId": account_id,
                "audience": audience,
            },
        )

    def outlook(self) -> Outlook:
        """Show the present month up to now, the one before, and what this one comes to if it goes on so.
        Needs the role `viewer`.
        """

        return self._json("GET", "/costs/outlook")

    def overview(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        top: int | None = None,
    ) -> Overview:
        """Show an overview of the costs in a span of days. Needs the role `viewer`."""
        return self._json("GET", "/costs/overview", query={"from": from_, "to": to, "zone": zone, "top": top})

    def series(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        metric: Metric | None = None,
        group: Group | None = None,
        subgroup: Group | None = None,
        tag_name: str | None = None,
        interval: Interval | None = None,
        top: int | None = None,
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
        provider: str | None = None,
        tag: str | None = None,
        cost_centre: str | None = None,
        tree: bool | None = None,
    ) -> Series:
        """Show the largest groups of requests by day or month, and what they leave of the whole. Needs the
        role `viewer`.
        """

        return self._json(
            "GET",
            "/costs/series",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "metric": metric,
                "group": group,
                "subgroup": subgroup,
                "tagName": tag_name,
                "interval": interval,
                "top": top,
                "keyId": key_id,
                "model": model,
                "owner": owner,
                "provider": provider,
                "tag": tag,
                "costCentre": cost_centre,
                "tree": tree,
            },
        )

    def series_text(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        metric: Metric | None = None,
        group: Group | None = None,
        subgroup: Group | None = None,
        tag_name: str | None = None,
        interval: Interval | None = None,
        top: int | None = None,
        format: Literal["csv"] = "csv",
        key_id: str | None = None,
        model: str | None = None,
        owner: str | None = None,
        provider: str | None = None,
        tag: str | None = None,
        cost_centre: str | None = None,
        tree: bool | None = None,
    ) -> TextStream:
        """Show the largest groups of requests by day or month, and what they leave of the whole. Needs the
        role `viewer`.
        """

        return self._text(
            "/costs/series",
            accept="text/csv",
            query={
                "from": from_,
                "to": to,
                "zone": zone,
                "metric": metric,
                "group": group,
                "subgroup": subgroup,
                "tagName": tag_name,
                "interval": interval,
                "top": top,
                "format": format,
                "keyId": key_id,
                "model": model,
                "owner": owner,
                "provider": provider,
                "tag": tag,
                "costCentre": cost_centre,
                "tree": tree,
            },
        )

    def what_if(self, body: WhatIf) -> WhatIfView:
        """Calculate what past requests would have cost at other prices, by day and by model. Needs the
        role `viewer`.
        """

        return self._json("POST", "/costs/what-if", body=body)
