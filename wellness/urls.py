"""The root URL configuration."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from core import rate_limits
from wellness import metrics, views

handler429 = rate_limits.too_many

urlpatterns = [
    path("", views.home, name="home"),
    path("language/", views.set_language, name="set-language"),
    path("", include("habits.urls")),
    path("", include("accounts.urls")),
    path("", include("files.urls")),
    path("", include("coaching.urls")),
    path("", include("gamification.urls")),
    path("insights/", include("analytics.urls")),
    path("billing/", include("billing.urls")),
    path("notifications/", include("notifications.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("wellness.privacy.urls")),
    path("terms/<slug:item>/", views.terms, name="terms"),
    path("admin/", admin.site.urls),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("categories.css", views.category_colors, name="category-colors"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("sw.js", views.service_worker, name="service-worker"),
    path("offline/", views.offline, name="offline"),
    path("metrics", metrics.show, name="metrics"),
]
if settings.DEVELOPMENT:
    urlpatterns += [path("", include("devtools.urls"))]
