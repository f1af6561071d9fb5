"""What a person sees first."""

from typing import Any

from django.http import HttpResponse

from accounts.permissions import SignedIn
from core.api import View, respond
from core.schema import describe
from portal import dashboard
from portal.facts import DashboardFact

__all__ = ["SummaryView"]


class SummaryView(View):
    """GET sums up the caller's shops."""

    permission_classes = [SignedIn]

    @describe(
        responses={200: DashboardFact},
        summary="My dashboard",
        description=(
            "Of the caller's shops, each by its own business day. `active_alerts` are open ones, "
            "`rails_online` and `devices_online` devices heard of in the last minutes, "
            "`downtime_minutes` today's (UTC) minutes in which a site was not heard of. "
            "`sales_today` is in the currency of the first shop. `recent_logs` are of shops they "
            "manage, and their own. Kept for 15 seconds unless something happens in the shops."
        ),
        tags=["Account"],
    )
    def get(self, request: Any) -> HttpResponse:
        found = dashboard.of(request.user.pk)
        said = {name: getattr(found, name) for name in DashboardFact.__struct_fields__}
        return respond(said, headers={"Cache-Control": "private, no-store"})
