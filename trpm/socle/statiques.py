"""Fichiers statiques servis : nommés par leur contenu, compressés, et seulement ceux qui servent."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# Les variantes de Bootstrap et d'htmx que nos pages n'emploient pas : les compresser prenait vingt secondes.
INUTILISES = ["*.rtl.*", "bootstrap-grid*", "bootstrap-reboot*", "bootstrap-utilities*", "bootstrap.esm.*"]
INUTILISES += ["bootstrap.css*", "bootstrap.js*", "bootstrap.min.js*", "bootstrap.bundle.js*"]
INUTILISES += ["htmax-*", "htmx-4*", "ext"]


class StatiquesHaches(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # sans annotations chez whitenoise
    """Les modules JS s'importent entre eux par leur nom haché : un navigateur ne mélange jamais deux versions."""

    support_js_module_import_aggregation = True
