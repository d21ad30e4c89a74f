"""La purge d'un centre devant ses archives : un gel retient les pièces de celui qu'il protège."""

from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from centres.models import Centre, Inscription, Utilisateur
from centres.services.conservation import lever_gel, poser_gel
from certification.models import Archive, PieceArchive
from tests.certification.fabrique_commission import fabriquer_commission
from tests.trpm.purge_outils import publier_les_resultats
from trpm.donnees.purge import purger

ECHUE = 400


def test_un_gel_garde_la_piece_et_le_manifeste_puis_la_levee_les_emporte(
    ines: Inscription,
    lucas: Inscription,
    chef: Utilisateur,
    centre_a: Centre,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    archive = Archive.objects.create(
        commission=fabriquer_commission(ines.classe, chef),
        centre=centre_a,
        numero=1,
        version_commission=1,
        manifeste="{}",
        empreinte="a" * 64,
        cree_le=timezone.now(),
        auteur=chef,
    )
    for ordre, qui in enumerate((None, ines, lucas), start=1):
        PieceArchive.objects.create(
            archive=archive, ordre=ordre, nature="dossier", nom=f"{ordre}.pdf", fichier=f"archives/{ordre}.pdf",
            sha256="b" * 64, octets=1, inscription=qui,
        )  # fmt: skip
    publier_les_resultats(2026, ECHUE)
    gel = poser_gel(auteur=chef, apprenant=ines.apprenant, motif="recours devant le tribunal")
    with django_capture_on_commit_callbacks(execute=True):
        assert lucas.apprenant_id in purger(auteur=chef, centre=centre_a).cles
    restent = PieceArchive.objects.filter(efface_le=None)
    assert [piece.ordre for piece in restent.order_by("ordre")] == [1, 2]
    archive.refresh_from_db()
    assert archive.manifeste == "{}"
    lever_gel(auteur=chef, gel=gel, motif="affaire close")
    with django_capture_on_commit_callbacks(execute=True):
        purger(auteur=chef, centre=centre_a)
    archive.refresh_from_db()
    assert (restent.count(), archive.manifeste, archive.empreinte) == (0, "", "a" * 64)
