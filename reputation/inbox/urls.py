from django.urls import path

from reputation.inbox import views

urlpatterns = [path("stop/<str:token>", views.stop, name="notifications-stop")]
