"""Sur une machine partagée, les fichiers de TRPM ne se lisent que de son compte."""

import re
from pathlib import Path
from stat import S_IMODE

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from trpm.settings import _secret


def droits(chemin: Path) -> int:
    return S_IMODE(chemin.stat().st_mode)


def test_une_piece_ne_se_lit_que_du_compte_de_trpm():
    piece = Path(default_storage.path(default_storage.save("dossiers/2026/essai.pdf", ContentFile(b"%PDF"))))
    assert droits(piece) == 0o600
    assert [droits(dossier) for dossier in list(piece.parents)[:2]] == [0o700, 0o700]


def test_le_dossier_des_donnees_et_la_cle_naissent_fermes(tmp_path):
    cle = tmp_path / "donnees" / "cle_secrete"
    assert _secret(cle) == _secret(cle)
    assert (droits(cle.parent), droits(cle)) == (0o700, 0o600)


def test_run_ferme_le_dossier_avant_d_y_ecrire_la_base():
    script = (settings.BASE_DIR / "run").read_text()
    ferme = re.search(r'^umask 077\nchmod go= "\$donnees"', script, re.MULTILINE)
    assert ferme is not None
    assert ferme.start() < script.index("\npreparer_donnees\n")
