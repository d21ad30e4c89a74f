"""Ce qu'est vraiment un fichier déposé : reconnu à son contenu, image refaite point par point, le reste refusé.

Rien de ce que le navigateur annonce ne compte, sauf l'extension : un nom qui ment est refusé, il tromperait qui le
télécharge.
"""

import struct
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from PIL import Image, ImageOps, UnidentifiedImageError

MO = 1024 * 1024
TAILLE_MAX = 5 * MO
COTE_MAX = 1600
# Une photo de téléphone en a de 12 à 40 millions ; au-delà, l'ouvrir coûterait plus que la mémoire d'un serveur.
POINTS_MAX = 40_000_000
IMAGE_TROP_GRANDE = "Cette image est trop grande : réduisez-la avant de la déposer."
QUALITE = 82
IMAGES = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
PDF = ".pdf"
# Ce qu'un PDF fait de lui-même : il n'a rien à faire dans un document que l'on montre.
ACTIF_DANS_UN_PDF = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")
TEXTES = frozenset(
    [
        ".nc",
        ".iso",
        ".txt",
        ".gcode",
        ".ngc",
        ".cnc",
        ".mpf",
        ".spf",
        ".h",
        ".tap",
        ".min",
        ".eia",
        ".prg",
        ".py",
        ".st",
    ]
)
EXTENSIONS = (*IMAGES, PDF, *sorted(TEXTES))
# Les caractères de commande qu'un programme de commande numérique porte encore : tabulation, fins de ligne, %.
COMMANDES_ADMISES = frozenset(b"\t\n\r\x0c")
# Ce que Pillow lève sur une image tronquée ou des métadonnées abîmées : tout cela veut dire « illisible ».
ILLISIBLE = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    AttributeError,
    struct.error,
)


class FichierRefuse(ValueError):
    """Le fichier n'est pas ce qu'il dit, ou n'est pas admis ; le message est pour la personne."""


@dataclass(frozen=True)
class Reconnu:
    """Ce que l'on garde : le contenu (refait, pour une image), son type et l'extension qui va avec."""

    contenu: bytes
    type_mime: str
    extension: str


def reconnaitre(nom: str, contenu: bytes) -> Reconnu:
    """Une image JPEG, PNG ou WebP, un PDF, un programme en texte ; sinon `FichierRefuse` dit pourquoi."""
    if not contenu.strip(b"\x00 \t\r\n"):
        raise FichierRefuse("Ce fichier est vide.")
    if len(contenu) > TAILLE_MAX:
        raise FichierRefuse(f"Ce fichier dépasse {TAILLE_MAX // MO} Mo.")
    extension = PurePath(nom).suffix.lower()
    if extension in IMAGES:
        return Reconnu(refaire_image(contenu), "image/jpeg", ".jpg")
    if extension == PDF:
        return Reconnu(_pdf(contenu), "application/pdf", PDF)
    if extension in TEXTES:
        return Reconnu(_texte(contenu), "text/plain", extension)
    raise FichierRefuse(
        "Ce genre de fichier n'est pas admis : une photo (JPEG, PNG ou WebP), un PDF, ou un programme en texte."
    )


def refaire_image(contenu: bytes) -> bytes:
    """Les seuls points de l'image, redressés et réduits : le lieu, l'appareil et la date cachés n'y sont plus."""
    try:
        image = Image.open(BytesIO(contenu), formats=tuple(set(IMAGES.values())))
        if image.width * image.height > POINTS_MAX:
            raise FichierRefuse(IMAGE_TROP_GRANDE)
        image.thumbnail((COTE_MAX, COTE_MAX))
        aplatie = ImageOps.exif_transpose(image).convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as erreur:
        raise FichierRefuse(IMAGE_TROP_GRANDE) from erreur
    except FichierRefuse:
        raise
    except ILLISIBLE as erreur:
        raise FichierRefuse("Ce fichier n'est pas une image JPEG, PNG ou WebP que l'on puisse lire.") from erreur
    # Une toile neuve, blanche : rien de l'original ne suit, ni commentaire, ni profil, ni transparence.
    toile = Image.new("RGB", aplatie.size, "white")
    toile.paste(aplatie, mask=aplatie.getchannel("A"))
    sortie = BytesIO()
    toile.save(sortie, "JPEG", quality=QUALITE, optimize=True)
    return sortie.getvalue()


def _pdf(contenu: bytes) -> bytes:
    # Un PDF s'ouvre par sa marque et se ferme par la sienne : ce qui suivrait serait un autre fichier.
    if not contenu.startswith(b"%PDF-") or not contenu.rstrip(b"\x00 \t\r\n").endswith(b"%%EOF"):
        raise FichierRefuse("Ce fichier n'est pas un PDF entier.")
    if any(marque in contenu for marque in ACTIF_DANS_UN_PDF):
        raise FichierRefuse("Ce PDF contient un programme ou un autre fichier : imprimez-le en PDF, puis déposez-le.")
    return contenu


def _texte(contenu: bytes) -> bytes:
    if any(octet < 32 and octet not in COMMANDES_ADMISES for octet in contenu) or b"\x7f" in contenu:
        raise FichierRefuse("Ce fichier n'est pas un programme en texte.")
    if contenu.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"%PDF", b"PK")):
        raise FichierRefuse("Ce fichier est une page ou un document, pas un programme en texte.")
    return contenu
