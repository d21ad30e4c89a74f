"""Fichiers statiques servis : nommés par leur contenu, compressés, et seulement ceux qui servent."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# Les variantes de Bootstrap et d'htmx que nos pages n'emploient pas : les compresser prenait vingt secondes.
INUTILISES = ["*.rtl.*", "bootstrap-grid*", "bootstrap-reboot*", "bootstrap-utilities*", "bootstrap.esm.*"]
INUTILISES += ["bootstrap.css*", "bootstrap.js*", "bootstrap.min.js*", "bootstrap.bundle.js*"]
INUTILISES += ["htmax-*", "htmx-4*", "ext"]

FAMILLE_JS, MOTIFS_MODULES = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns


class StatiquesHaches(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # sans annotations chez whitenoise
    """Les modules JS s'importent entre eux par leur nom haché : un navigateur ne mélange jamais deux versions."""

    support_js_module_import_aggregation = True
    # Sans `import(…)` : nos modules ne l'emploient que dans leurs types JSDoc, où il croise les fichiers entre eux.
    _js_module_import_aggregation_patterns = (
        FAMILLE_JS,
        tuple(couple for couple in MOTIFS_MODULES if r"import\(" not in couple[0]),
    )
