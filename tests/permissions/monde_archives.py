"""La part des archives dans le monde de la matrice : une commission ouverte, une close et son archive."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.files.base import ContentFile

from centres.enums import Role
from centres.models import Centre, Utilisateur
from certification.archive_json import empreinte
from certification.enums import EtatCommission, EtatProposition, NatureArchive
from certification.models import Archive, Commission, PieceArchive, Proposition
from referentiel.models import VersionReferentiel
from tests.fabriques import fabriquer_classe, fabriquer_inscription

LE = datetime(2026, 5, 20, 9, tzinfo=UTC)
MANIFESTE = '{"note":"14.48"}'
CONTENU = b"%PDF note 14,48"


def contenu_archives(auteur: Utilisateur, centre: Centre, version: VersionReferentiel, lettre: str) -> dict[str, Any]:
    ouverte, close = (_commission(auteur, centre, version, f"{nom}{lettre}") for nom in ("COUV", "CCLO"))
    candidate = close.classe.inscriptions.get()
    Proposition.objects.create(
        commission=close,
        inscription=candidate,
        epreuve=version.epreuves.get(code="E2"),
        etat=EtatProposition.ABSENT,
        auteur=auteur,
        modifie_le=LE,
    )
    archive = Archive.objects.create(
        commission=close,
        centre=centre,
        numero=1,
        version_commission=1,
        manifeste=MANIFESTE,
        empreinte=empreinte(MANIFESTE.encode()),
        cree_le=LE,
        auteur=auteur,
    )
    piece = PieceArchive(
        archive=archive,
        ordre=1,
        nature=NatureArchive.PV,
        nom="001_pv.pdf",
        sha256=empreinte(CONTENU),
        octets=len(CONTENU),
    )
    piece.fichier.save(f"matrice-{centre.pk}.pdf", ContentFile(CONTENU), save=False)
    piece.save()
    Commission.objects.filter(pk=close.pk).update(etat=EtatCommission.CLOSE, close_le=LE)
    return {"commission_ouverte": ouverte, "commission_close": close, "archive": archive, "figee": candidate}


def _commission(auteur: Utilisateur, centre: Centre, version: VersionReferentiel, nom: str) -> Commission:
    classe = fabriquer_classe(centre, version, nom=nom)
    fabriquer_inscription(classe, version.options.get(code="RSP"), f"Roux{nom}", "Zoé")
    commission = Commission.objects.create(
        classe=classe, date=LE, lieu="B12", etat=EtatCommission.OUVERTE, ouverte_le=LE, convoquee_par=auteur
    )
    # Le rôle ne suffit pas pour écrire : il faut être convoqué.
    for membre in Utilisateur.objects.filter(affectations__centre=centre, affectations__role=Role.COMMISSION):
        commission.membres.create(utilisateur=membre, qualite="Membre de l'équipe")
    return commission


def _en_seance(a: Mapping[str, Any], b: Mapping[str, Any], nom: str, absent: int) -> list[tuple[str, Any, Any]]:
    """Un candidat devant sa commission ; devant celle d'une autre classe, il n'existe pas."""
    cles = [(une.pk, une.classe.inscriptions.get().pk) for une in (a[nom], b[nom])]
    return [
        (f"{nom} A, candidat", (*cles[0], "E2"), "A"),
        (f"{nom} B, candidat", (*cles[1], "E2"), "B"),
        (f"{nom}, candidat d'ailleurs", (cles[0][0], cles[1][1], "E2"), None),
        (f"{nom}, épreuve absente", (*cles[0], "E9"), None),
        (f"{nom} absente", (absent, cles[0][1], "E2"), None),
    ]


Arguments = dict[str, list[tuple[str, Any, Any]]]


def arguments_archives(a: Mapping[str, Any], b: Mapping[str, Any], absent: int) -> Arguments:
    """Par sorte d'objet : nom, arguments, centre (vide : l'objet n'existe pas)."""

    def sorte(nom: str, *suite: Any) -> list[tuple[str, Any, Any]]:
        return [
            (f"{nom} A", (a[nom].pk, *suite), "A"),
            (f"{nom} B", (b[nom].pk, *suite), "B"),
            (f"{nom} absente", (absent, *suite), None),
        ]

    return {
        "commission": [*sorte("commission_ouverte"), *sorte("commission_close")],
        "commission_tenue": sorte("commission_ouverte"),
        "seance": [*_en_seance(a, b, "commission_ouverte", absent), *_en_seance(a, b, "commission_close", absent)],
        "commission_forme": [
            *sorte("commission_ouverte", "xlsx"),
            *sorte("commission_close", "pdf"),
            ("format absent", (a["commission_close"].pk, "doc"), None),
        ],
        "candidat_fige": [
            *sorte("figee", "E2"),
            ("épreuve sans proposition", (a["figee"].pk, "E31"), None),
            ("candidat d'une commission ouverte", (a["ines"].pk, "E2"), None),
        ],
        "archive": sorte("archive"),
        "piece_archivee": [*sorte("archive", 1), ("pièce absente", (a["archive"].pk, 9), None)],
    }
