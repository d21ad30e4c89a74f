"""Les lectures de notes, prêtes à lire."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from centres.models import Classe, Consultation, Inscription
from centres.queries.journal import ecrire_instant

ENTETES = ("Le", "Par", "Page", "Objet", "Centre")


@dataclass(frozen=True)
class LigneConsultation:
    le: datetime
    auteur: str
    page: str
    objet: str
    centre: str

    def en_textes(self) -> list[str]:
        return [ecrire_instant(self.le), self.auteur, self.page, self.objet, self.centre]


def raconter_consultations(consultations: Sequence[Consultation]) -> list[LigneConsultation]:
    """Deux requêtes pour nommer les objets, quel qu'en soit le nombre."""
    cles = [consultation.objet.split(":", 1) for consultation in consultations]
    classes = {int(pk) for genre, pk in cles if genre == Classe._meta.label_lower}
    inscriptions = {int(pk) for genre, pk in cles if genre == Inscription._meta.label_lower}
    noms = {f"{Classe._meta.label_lower}:{pk}": str(une) for pk, une in Classe.objects.in_bulk(classes).items()}
    lues = Inscription.objects.select_related("apprenant", "classe").in_bulk(inscriptions)
    noms |= {f"{Inscription._meta.label_lower}:{pk}": str(une) for pk, une in lues.items()}
    return [
        LigneConsultation(une.le, str(une.auteur), une.page, noms.get(une.objet, ""), str(une.centre))
        for une in consultations
    ]
