from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("", views.show_subscription, name="subscription"),
    path("plans/", views.show_plans, name="plans"),
    path("checkout/<slug:plan_id>/", views.check_out, name="checkout"),
    path("register/", views.register_method, name="register"),
    path("return/", views.come_back, name="return"),
    path("progress/", views.show_progress, name="progress"),
    path("demo/<slug:reference>/", views.enter_demo_card, name="demo"),
    path("receipts/<uuid:payment_id>/", views.show_receipt, name="receipt"),
    path("method/", views.change_method, name="method"),
    path("pay/", views.pay_now, name="pay"),
    path("cancel/", views.cancel, name="cancel"),
    path("cancel/undo/", views.undo_cancel, name="undo-cancel"),
    path("pause/", views.schedule_pause, name="pause"),
    path("pause/undo/", views.unschedule_pause, name="undo-pause"),
    path("resume/", views.resume, name="resume"),
    path("switch/<slug:plan_id>/", views.switch, name="switch"),
    path("stay/", views.unschedule_switch, name="stay"),
    path("price/", views.agree_to_price, name="price"),
    path("withdraw/", views.withdraw, name="withdraw"),
    path("seller/", views.show_seller, name="seller"),
    path("webhooks/<slug:gateway>/", views.receive_webhook, name="webhook"),
]
