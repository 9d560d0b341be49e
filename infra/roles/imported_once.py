"""What roles import, in one place: a fork server imports this module, and a role that it forks has all of it.

The modules of the routes are imported when the API is built, so they are found by their package.
"""

from importlib import import_module
from pkgutil import walk_packages

import api.http

ROLES = ("api", "crowd", "feed", "notify", "project", "relay", "search", "settle", "stream")

for role in ROLES:
    import_module(f"infra.roles.{role}")
for each in walk_packages(api.http.__path__, "api.http."):
    import_module(each.name)
