"""L'archive d'une commission, par le traitement de fond : pièce à pièce, sans refaire ce qui l'est déjà."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django_tasks import task

from centres.models import Utilisateur
from certification.archive_json import empreinte, nom_de_piece
from certification.documents.archives import (
    json_du_dossier,
    pdf_de_la_grille,
    pdf_de_la_liste,
    pdf_du_dossier,
    pdf_du_pv,
)
from certification.enums import NatureArchive
from certification.models import Commission, Travail
from certification.queries.archives import DossierFige, dossiers_figes, membres_de
from certification.services.archives import (
    PieceFaite,
    clore_commission,
    creer_travail_d_archive,
    enregistrer_archive,
)
from certification.services.travaux import (
    commencer_travail,
    faire_ou_reprendre,
    interrompre_travail,
    noter_avancement,
)


@dataclass(frozen=True)
class PieceAFaire:
    """Une pièce de l'archive et de quoi l'imprimer."""

    nature: NatureArchive
    imprimer: Callable[[], bytes]
    fige: DossierFige | None = None
    joint: str | None = None

    def nom(self, ordre: int) -> str:
        if self.fige is None:
            return nom_de_piece(ordre, self.nature.value)
        apprenant = self.fige.lu.candidat.apprenant
        return nom_de_piece(ordre, self.nature.value, self.fige.code, f"{apprenant.nom} {apprenant.prenom}")


@transaction.atomic
def clore(*, utilisateur: Utilisateur, commission: Commission) -> Commission:
    """La clôture, puis la fabrication de l'archive confiée au traitement de fond, d'un seul tenant."""
    close = clore_commission(utilisateur=utilisateur, commission=commission)
    lancer_l_archive(utilisateur=utilisateur, commission=close)
    return close


@transaction.atomic
def lancer_l_archive(*, utilisateur: Utilisateur, commission: Commission) -> None:
    travail, a_lancer = creer_travail_d_archive(utilisateur=utilisateur, commission=commission)
    if travail is not None and a_lancer:
        produire_archive.enqueue(travail.pk)


@task()
def produire_archive(travail_pk: int) -> None:
    """Un échec laisse le travail « interrompu » avec ses pièces déjà faites : la relance reprend là."""
    travail = Travail.objects.select_related("classe", "auteur").filter(pk=travail_pk).first()
    if travail is None:
        # L'archive a été faite par une autre relance.
        return
    try:
        commission = Commission.objects.select_related(
            "classe__centre", "classe__session", "classe__version__diplome"
        ).get(classe=travail.classe_id)
        a_faire = list(pieces_a_faire(commission))
        commencer_travail(travail, len(a_faire))
        faites = list(_fabriquer(travail, commission, a_faire))
        enregistrer_archive(travail=travail, commission=commission, pieces=faites)
    except Exception:
        if Travail.objects.filter(pk=travail_pk).exists():
            interrompre_travail(travail)
        raise


def pieces_a_faire(commission: Commission) -> Iterator[PieceAFaire]:
    """Dans l'ordre : procès-verbal, liste, puis grille et dossier de chaque candidat, épreuve par épreuve."""
    figes, membres = dossiers_figes(commission), membres_de(commission)
    yield PieceAFaire(NatureArchive.PV, lambda: pdf_du_pv(commission, figes))
    yield PieceAFaire(NatureArchive.RECAPITULATIF, lambda: pdf_de_la_liste(commission, figes))
    impressions = ((NatureArchive.GRILLE, pdf_de_la_grille), (NatureArchive.DOSSIER, pdf_du_dossier))
    for fige in sorted(figes, key=lambda fige: fige.proposition.epreuve.ordre):
        if fige.a_un_dossier:
            joint = empreinte(json_du_dossier(commission, fige))
            for nature, imprimer in impressions:
                yield PieceAFaire(nature, _impression(imprimer, commission, fige, membres), fige, joint)


def _impression(imprimer: Callable[..., bytes], *arguments: object) -> Callable[[], bytes]:
    return lambda: imprimer(*arguments)


def _fabriquer(travail: Travail, commission: Commission, a_faire: Sequence[PieceAFaire]) -> Iterator[PieceFaite]:
    for ordre, piece in enumerate(a_faire, start=1):
        # L'empreinte du JSON porté est dans le nom : corrigé entre deux essais, il fait refaire la pièce.
        repere = f"v{commission.numero_version}-{(piece.joint or '')[:16]}"
        contenu, est_neuve = faire_ou_reprendre(travail, f"{repere}-{piece.nom(ordre)}", piece.imprimer)
        if est_neuve:
            noter_avancement(travail, ordre)
        fige = piece.fige
        yield PieceFaite(
            nature=piece.nature.value,
            nom=piece.nom(ordre),
            contenu=contenu,
            inscription=fige.lu.candidat.pk if fige else None,
            epreuve=fige.proposition.epreuve if fige else None,
            joint=piece.joint,
        )
    noter_avancement(travail, len(a_faire))
