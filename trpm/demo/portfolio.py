"""Le portfolio du compte « apprenant » de la démonstration : deux dessins, un relevé, un programme, et ce qu'il dit."""

from collections.abc import Mapping, Sequence
from io import BytesIO

from PIL import Image, ImageDraw

from centres.models import Inscription
from evaluations.queries.portfolio import situations_vecues
from evaluations.services.portfolio import DonneesPiece, deposer_piece, s_auto_evaluer
from referentiel.models import Competence, Periode

PROGRAMME = b"""%
O0012 (CORPS DE VERIN - PHASE 20)
N10 G90 G54 G17
N20 T1 M6 (FRAISE 2T D16)
N30 S2400 M3
N40 G0 X-12 Y0 Z5
N50 G1 Z-8 F320
N60 G41 D1 X0
N70 G1 X84 F480
N80 G40 G0 Z100
N90 M30
%
"""
RELEVE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
    b"4 0 obj<</Length 75>>stream\nBT /F 14 Tf 60 780 Td (Releve - bague : D 40 H7, 40,012 mm, conforme) Tj ET"
    b"\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    b"trailer<</Root 1 0 R/Size 6>>\n%%EOF\n"
)
# Rang de la période → code → (niveau, mot). Un peu au-dessus, un peu en dessous de ce que l'équipe a vu.
DITES: Mapping[int, Mapping[str, tuple[int, str]]] = {
    4: {"C1": (2, "Je trouve les cotes, je cherche encore les tolérances"), "C7": (2, ""), "C8": (1, "")},
    6: {
        "C1": (3, "Je me repère seul dans un dossier"),
        "C5": (3, ""),
        "C7": (3, "Je conduis une série, je préviens quand ça dérive"),
        "C10": (2, "La statistique me prend du temps"),
        "C12": (4, ""),
    },
}


def ecrire_portfolio(inscription: Inscription) -> None:
    """Rien sans compte : le portfolio se dépose par son propriétaire."""
    apprenant = inscription.apprenant
    if apprenant.utilisateur is None:
        return
    version = inscription.classe.version
    competences = {une.code: une for une in version.competences.all()}
    periodes = {une.ordre: une for une in version.periodes.all()}
    situations = list(situations_vecues(apprenant.utilisateur, apprenant)[:3])
    for rang, (titre, nom, contenu, legende, codes) in enumerate(PIECES):
        donnees = DonneesPiece(
            titre=titre,
            nom=nom,
            contenu=contenu or _dessin(rang),
            legende=legende,
            situation=situations[rang % len(situations)] if situations else None,
            competences=_existantes(competences, codes),
        )
        deposer_piece(utilisateur=apprenant.utilisateur, apprenant=apprenant, donnees=donnees)
    _dire(inscription, competences, periodes)


# Titre, nom du fichier, contenu (vide : un dessin), légende, compétences.
PIECES: Sequence[tuple[str, str, bytes, str, Sequence[str]]] = (
    ("Corps de vérin, prise de pièce", "prise.png", b"", "La butée est à gauche ; serrage au couple.", ("C6", "C7")),
    ("Programme de la phase 20", "corps.nc", PROGRAMME, "Surfaçage, correction de rayon active.", ("C5", "C7")),
    ("Relevé de contrôle de la bague", "releve.pdf", RELEVE, "Trois mesures, une seule à reprendre.", ("C10",)),
    ("Bague d'arrêt terminée", "bague.png", b"", "", ("C7", "C10")),
)


def _dire(inscription: Inscription, competences: Mapping[str, Competence], periodes: Mapping[int, Periode]) -> None:
    compte = inscription.apprenant.utilisateur
    for rang, dites in DITES.items():
        if compte is not None and rang in periodes:
            niveaux: dict[Competence, tuple[int | None, str]] = {
                competences[code]: dite for code, dite in dites.items() if code in competences
            }
            s_auto_evaluer(utilisateur=compte, inscription=inscription, periode=periodes[rang], niveaux=niveaux)


def _existantes(competences: Mapping[str, Competence], codes: Sequence[str]) -> list[Competence]:
    return [competences[code] for code in codes if code in competences]


def _dessin(rang: int) -> bytes:
    """Une pièce stylisée : quelques octets, aucun visage, aucun lieu."""
    image = Image.new("RGB", (480, 320), "#c9d3db")
    trait = ImageDraw.Draw(image)
    trait.rectangle((0, 230, 480, 320), fill="#5f6b76")
    if rang % 2 == 0:
        trait.rectangle((120, 110, 360, 230), fill="#8fa1ae", outline="#2c3a45", width=4)
        trait.rectangle((60, 80, 120, 230), fill="#3b4a56")
        trait.rectangle((360, 80, 420, 230), fill="#3b4a56")
        trait.ellipse((205, 135, 275, 205), fill="#5f6b76", outline="#2c3a45", width=4)
    else:
        trait.ellipse((140, 40, 340, 240), fill="#aab8c2", outline="#2c3a45", width=5)
        trait.ellipse((190, 90, 290, 190), fill="#c9d3db", outline="#2c3a45", width=5)
    sortie = BytesIO()
    image.save(sortie, "PNG")
    return sortie.getvalue()
