"""Réglages des tests : ceux de la production, sauf ce qui ralentit ou sort de la machine."""

import os
import tempfile

# Un dossier par processus de test : les pièces de l'un ne sont jamais lues par l'autre.
os.environ["TRPM_DATA"] = tempfile.mkdtemp(prefix="trpm-tests-", dir=os.environ.get("TRPM_DATA"))
os.environ.setdefault("TRPM_SECRET_KEY", "clef-des-tests-sans-valeur-hors-des-tests-0123456789")
os.environ["TRPM_LOCAL"] = "1"

from trpm.settings import *
from trpm.settings import DATABASES, STATIC_ROOT, STORAGES

# pg_virtualenv exporte PGHOST, PGPORT, PGUSER, PGPASSWORD : la même suite passe sur les deux bases.
if "PGHOST" in os.environ:
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("PGDATABASE", "postgres"),
        "USER": os.environ.get("PGUSER", "postgres"),
        "PASSWORD": os.environ.get("PGPASSWORD", ""),
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ.get("PGPORT", "5432"),
    }

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
# whitenoise avertit d'un dossier absent ; les tests n'y collectent rien.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
