from django.urls import path

from wellness.privacy import views

urlpatterns = [
    path("me/export/", views.export, name="export"),
    path("me/export/<uuid:export_id>/", views.download, name="download-export"),
    path("me/consents/health/withdraw/", views.withdraw_health, name="withdraw-health"),
    path("me/leave/", views.delete_account, name="leave"),
    path("bye/", views.account_deleted, name="bye"),
    path("come-back/", views.restore_account, name="come-back"),
]
