"""De vrais fichiers, petits : une photo qui dit où elle a été prise, un PDF, un programme."""

from io import BytesIO

from PIL import Image

PROGRAMME = b"%\nO0001 (CORPS)\nG90 G54\nM30\n%\n"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PRENEUR = b"Atelier de Roanne"


def photo(forme: str = "JPEG", cote: int = 40, **options: object) -> bytes:
    """Orientée, avec un appareil, un lieu et un commentaire."""
    image = Image.new("RGB", (cote, cote // 2), "#14507a")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = PRENEUR.decode()
    exif.get_ifd(0x8825)[2] = (45.0, 46.0, 12.0)
    sortie = BytesIO()
    image.save(sortie, forme, exif=exif, **options)
    return sortie.getvalue()
