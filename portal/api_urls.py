"""The portal's routes: the forms and aliases at the root too, the rest under the API's mounts."""

from django.urls import path

from accounts.api import passwords
from portal.api import aliases, client_errors, console, dashboard, forms

#: These answer at the root too, where the pages of a marketing site look for them.
PUBLIC = [
    path("waitlist", forms.WaitlistForm.as_view()),
    path("contact", forms.ContactForm.as_view()),
    path("investor_interest", forms.InvestorForm.as_view()),
    path("pilot_request", forms.PilotForm.as_view()),
    path("client_errors", client_errors.ClientErrors.as_view()),
    path("auth/forgot", passwords.Forgot.as_view()),
]

CONSOLE = [
    path("admin/summary", console.SummaryView.as_view()),
    path("admin/users/<uuid:user_id>", console.UserDetail.as_view()),
    *(path(f"admin/{page.what}", page.as_view()) for page, _ in console.LISTS),
    *(path(f"admin/{table.what}.csv", table.as_view()) for _, table in console.LISTS),
]

urlpatterns = [
    *PUBLIC,
    *CONSOLE,
    path("dashboard/summary", dashboard.SummaryView.as_view()),
    path("app/account/profile", aliases.Profile.as_view()),
    path("app/account/password", aliases.Password.as_view()),
    path("app/account/organization", aliases.OrganizationName.as_view()),
    path("app/settings", aliases.Settings.as_view()),
    path("app/settings/notifications", aliases.Notifications.as_view()),
    path("app/settings/automation", aliases.Automation.as_view()),
]
