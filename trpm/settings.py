"""Réglages : sûrs par défaut, l'environnement ne fait qu'adapter ; une valeur mal écrite arrête tout."""

import secrets
from pathlib import Path

from csp.constants import NONE, SELF
from environs import Env, EnvError

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()


def _secret(fichier: Path) -> str:
    """La clé secrète est créée au premier démarrage et ne quitte pas le dossier de données."""
    if not fichier.exists():
        fichier.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        provisoire = fichier.with_suffix(".provisoire")
        provisoire.touch(mode=0o600)
        provisoire.write_text(secrets.token_urlsafe(64))
        provisoire.replace(fichier)
    return fichier.read_text().strip()


DOSSIER_DONNEES = Path(env.str("TRPM_DATA", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("TRPM_DEBUG", default=False)
# Sur la machine elle-même (./run) : http sur 127.0.0.1, sans certificat.
EST_LOCAL = env.bool("TRPM_LOCAL", default=False)
# Mode démonstration : les comptes d'essai s'affichent sur la page de connexion.
EST_DEMO = env.bool("TRPM_DEMO", default=False)

SECRET_KEY = env.str("TRPM_SECRET_KEY", default="") or _secret(DOSSIER_DONNEES / "cle_secrete")
# Les clés remplacées : elles vérifient encore ce qu'elles ont signé ou scellé (docs/exploitation.md).
SECRET_KEY_FALLBACKS: list[str] = env.list("TRPM_ANCIENNES_CLES", default=[])
ALLOWED_HOSTS: list[str] = env.list("TRPM_HOTES", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("TRPM_ORIGINES", default=[])

INSTALLED_APPS = [
    "trpm.apps.TrpmConfig",
    "certification.apps.CertificationConfig",
    "evaluations.apps.EvaluationsConfig",
    "centres.apps.CentresConfig",
    "referentiel.apps.ReferentielConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "crispy_bootstrap5",
    "crispy_forms",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "js_lib_bootstrap5",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    # Avant WhiteNoise, qui répond lui-même : un fichier statique porte les mêmes en-têtes qu'une page.
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "trpm.comptes.middleware.SecondFacteurExige",
]

ROOT_URLCONF = "trpm.urls"
WSGI_APPLICATION = "trpm.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "trpm.contexte.interface",
            ],
            # Celles du paquet, gardées en mémoire : l'application « heroicons » ne servait qu'à les déclarer.
            "libraries": {"heroicons": "trpm.socle.icones"},
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False


def _base_de_donnees() -> dict[str, object]:
    """SQLite embarquée par défaut, PostgreSQL si DATABASE_URL est donnée."""
    if adresse := env.str("DATABASE_URL", default=""):
        if not adresse.startswith(("postgres://", "postgresql://")):
            raise EnvError(
                "DATABASE_URL : seule une adresse postgres://… est admise (SQLite est la valeur par défaut)."
            )
        base: dict[str, object] = env.dj_db_url("DATABASE_URL")
        return {**base, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DOSSIER_DONNEES / "trpm.sqlite3",
        "OPTIONS": {
            # Journal classique et non WAL : voir docs/decisions/002-sqlite-et-postgresql.md.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }


DATABASES = {"default": _base_de_donnees()}
# L'aperçu d'un classeur a une case à cocher par différence : 60 apprenants × 58 compétences, et le reste.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4_000
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "centres.Utilisateur"
AUTHENTICATION_BACKENDS = ["trpm.comptes.authentification.Comptes"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "trpm.comptes.mots_de_passe.RegleCnil"}]
LOGIN_URL = "connexion"
LOGIN_REDIRECT_URL = "accueil"
LOGOUT_REDIRECT_URL = "connexion"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

# Les comptes : docs/comptes.md. Nos essais comptés en base remplacent les limites d'allauth, tenues par processus.
ACCOUNT_ADAPTER = "trpm.comptes.adaptateurs.Adaptateur"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = False
ACCOUNT_FORMS = {
    "login": "trpm.comptes.formulaires.FormulaireConnexion",
    "reauthenticate": "trpm.comptes.formulaires.FormulaireConfirmation",
}
# Un second facteur pour chef, commission, inspecteur et administrateur ; la démonstration s'en passe.
MFA_EXIGEE = env.bool("TRPM_MFA_EXIGEE", default=not EST_DEMO)
MFA_ADAPTER = "trpm.comptes.adaptateurs.AdaptateurMFA"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_FORMS = {
    "add_webauthn": "trpm.comptes.formulaires.FormulaireCle",
    "authenticate": "trpm.comptes.formulaires.FormulaireCode",
    "reauthenticate": "trpm.comptes.formulaires.FormulaireConfirmationCode",
}
MFA_RATE_LIMITS = False
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = EST_LOCAL
MFA_TOTP_ISSUER = "TRPM"
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "trpm.comptes.etablissement.AdaptateurEtablissement"
SOCIALACCOUNT_ONLY = False
OIDC_SERVEUR = env.str("TRPM_OIDC_SERVEUR", default="")
OIDC_NOM = env.str("TRPM_OIDC_NOM", default="votre établissement") if OIDC_SERVEUR else ""


def _fournisseurs() -> dict[str, object]:
    """Le fournisseur d'identité de l'établissement, quand son adresse est donnée ; le reste devient obligatoire."""
    if not OIDC_SERVEUR:
        return {}
    application = {
        "provider_id": "etablissement",
        "name": OIDC_NOM,
        "client_id": env.str("TRPM_OIDC_CLIENT"),
        "secret": env.str("TRPM_OIDC_SECRET"),
        "settings": {"server_url": OIDC_SERVEUR},
    }
    return {"openid_connect": {"APPS": [application], "OAUTH_PKCE_ENABLED": True}}


SOCIALACCOUNT_PROVIDERS = _fournisseurs()


def _courriel() -> dict[str, object]:
    """TRPM_SMTP (smtp://…, smtps://…, submission://…) ; à défaut, des fichiers dans le dossier de données."""
    if not env.str("TRPM_SMTP", default=""):
        dossier = DOSSIER_DONNEES / "courriels"
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": dossier}
    return {nom: valeur for nom, valeur in env.dj_email_url("TRPM_SMTP").items() if nom.isupper()}


globals().update(_courriel())
COURRIEL_CONFIGURE = bool(env.str("TRPM_SMTP", default=""))
DEFAULT_FROM_EMAIL = env.str("TRPM_EXPEDITEUR", default="trpm@localhost")

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DOSSIER_DONNEES / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # Des évaluations de personnes : le compte qui sert TRPM les lit, aucun autre de la machine.
        "OPTIONS": {
            "location": DOSSIER_DONNEES / "pieces",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "trpm.socle.statiques.StatiquesHaches"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "jpg", "webp", "woff2", "gz", "br"]
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # Se connecter par l'établissement : l'envoi du formulaire finit chez lui.
        "form-action": [SELF, *filter(None, ["/".join(OIDC_SERVEUR.split("/")[:3])])],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = not EST_LOCAL
SESSION_COOKIE_SECURE = not EST_LOCAL
CSRF_COOKIE_SECURE = not EST_LOCAL
SECURE_HSTS_SECONDS = 0 if EST_LOCAL else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = not EST_LOCAL
SECURE_HSTS_PRELOAD = not EST_LOCAL
DERRIERE_MANDATAIRE = env.bool("TRPM_DERRIERE_MANDATAIRE", default=False)
if DERRIERE_MANDATAIRE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # Une adresse refusée ou en panne s'écrit ici : jamais avec le jeton d'un tuteur.
    "filters": {"sans_jeton": {"()": "trpm.socle.journaux.SansJeton"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["sans_jeton"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
