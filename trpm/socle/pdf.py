"""Du HTML au PDF : une seule porte vers WeasyPrint, fermée au réseau et au disque."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from warnings import catch_warnings, simplefilter

from django.conf import settings

FEUILLES = Path(settings.BASE_DIR) / "static" / "css"
# Lue avant la feuille du document : pages, titre courant, titres, tableaux.
FEUILLE_COMMUNE = "pdf_socle.css"
PDF_A_3A = "pdf/a-3a"
# Les polices de WeasyPrint sont partagées par tout le processus : un PDF à la fois (les fils n'y gagnent rien).
_VERROU = Lock()


class RessourceInterdite(RuntimeError):
    """Le document demande une adresse extérieure : il doit se suffire à lui-même."""


@dataclass(frozen=True)
class PieceJointe:
    """Un fichier attaché au PDF ; `relation` dit ce qu'il est pour le document (PDF/A-3)."""

    nom: str
    contenu: bytes
    description: str
    relation: str = "Data"


def pdf(
    html: str,
    *,
    titre: str,
    feuille: str = "pdf.css",
    commune: str | None = FEUILLE_COMMUNE,
    variante: str | None = PDF_A_3A,
    pieces: Sequence[PieceJointe] = (),
) -> bytes:
    """Met en page un document HTML complet et rend un PDF structuré, balisé, au titre donné.

    La langue est celle de `<html lang>`. Seules les adresses `data:` sont lues, toute autre lève
    `RessourceInterdite` : un texte saisi ne fait ni sortir de la machine, ni lire un fichier. `commune=None` : une
    fiche à remplir au stylo dessine toute sa page elle-même.
    """
    return pdf_reuni([html], titre=titre, feuille=feuille, commune=commune, variante=variante, pieces=pieces)


def pdf_reuni(
    documents: Iterable[str],
    *,
    titre: str,
    feuille: str = "pdf.css",
    commune: str | None = FEUILLE_COMMUNE,
    variante: str | None = PDF_A_3A,
    pieces: Sequence[PieceJointe] = (),
) -> bytes:
    """Plusieurs documents en un PDF, chacun avec sa propre numérotation de pages ; au moins un.

    Ils sont mis en page au fur et à mesure qu'ils arrivent : un générateur peut dire l'avancement. Leurs ancres
    (`id`) doivent différer.
    """
    # Importé au premier PDF : WeasyPrint (bibliothèques graphiques comprises) coûte 0,7 s à tout autre processus.
    import weasyprint  # noqa: PLC0415
    from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415

    polices, styles, lecteur = _moteur(feuille, commune)
    rendus = []
    try:
        for html in documents:
            with _VERROU:
                source = weasyprint.HTML(string=html, base_url="data:,", url_fetcher=lecteur)
                rendus.append(source.render(font_config=polices, stylesheets=styles))
        if not rendus:
            raise ValueError("un PDF réunit au moins un document")
        with _VERROU, catch_warnings():
            # WeasyPrint 70 laisse au ramasse-miettes le profil de couleurs qu'il vient de lire.
            simplefilter("ignore", ResourceWarning)
            document = rendus[0].copy([page for rendu in rendus for page in rendu.pages])
            document.metadata.title = titre
            contenu: bytes = document.write_pdf(
                attachments=[_attachement(piece) for piece in pieces], pdf_variant=variante, pdf_tags=True
            )
    except FatalURLFetchingError as erreur:
        raise RessourceInterdite(str(erreur)) from erreur
    return contenu


@cache
def _moteur(feuille: str, commune: str | None) -> tuple[Any, list[Any], Any]:
    """Polices, feuilles de style et lecteur d'adresses, préparés une fois par processus."""
    import weasyprint  # noqa: PLC0415
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    polices = FontConfiguration()
    noms = [commune, feuille] if commune else [feuille]
    styles = [weasyprint.CSS(filename=str(FEUILLES / nom), font_config=polices) for nom in noms]
    lecteur = weasyprint.URLFetcher(allowed_protocols={"data"}, fail_on_errors=True)
    return polices, styles, lecteur


def _attachement(piece: PieceJointe) -> Any:
    import weasyprint  # noqa: PLC0415

    return weasyprint.Attachment(
        string=piece.contenu, name=piece.nom, description=piece.description, relationship=piece.relation
    )
