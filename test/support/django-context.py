"""Runs docs/transaction-context.md's middleware in Django. JSON on stdin: its source, and a database. Serves three requests."""
import json
import logging
import sys
import types

import django
from django.conf import settings

asked = json.load(sys.stdin)
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **asked["database"]}},
    SECRET_KEY="test",
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF="urls",
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "urls.login",
        "urls.ContextMiddleware",
    ],
    LOGGING_CONFIG=None,
)
django.setup()
# It logs the exception that a request raises on purpose.
logging.disable(logging.CRITICAL)

from django.contrib.auth.models import User  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402


class Order(models.Model):
    id = models.IntegerField(primary_key=True)
    tenant_id = models.TextField()
    note = models.TextField()

    class Meta:
        app_label, managed, db_table = "shop", False, "orders"


def login(get_response):
    """In place of a session: the user whose key the request names."""

    def serve(request):
        if "X-User" in request.headers:
            request.user = User(pk=int(request.headers["X-User"]))
        return get_response(request)

    return serve


def place_order(request, number):
    Order.objects.create(id=number, tenant_id="a", note="from Django")
    if number == 2:
        raise RuntimeError("after the row")
    return HttpResponse("placed")


urls = types.ModuleType("urls")
sys.modules["urls"] = urls
exec(asked["snippet"], urls.__dict__)
urls.login = login
urls.urlpatterns = [path("orders/<int:number>", place_order)]

client = Client(raise_request_exception=False)
statuses = [
    client.post("/orders/1", headers={"X-User": "42", "X-Request-Id": "req-1"}).status_code,
    client.post("/orders/2", headers={"X-User": "42", "X-Request-Id": "req-2"}).status_code,
    client.post("/orders/3").status_code,
]
connection.close()
print(json.dumps(statuses))
