"""Garder la trace d'une lecture de notes (décision 007) : la seule écriture qu'une lecture de page se permet."""

from django.db.models import Subquery
from django.utils import timezone

from centres.integrite import CONSULTATION, valeurs_d_une_consultation
from centres.models import Centre, Classe, Consultation, Inscription, Utilisateur
from centres.permissions import LECTURES_TRACEES, a_un_role
from centres.sceaux import sceller


def noter_consultation(*, utilisateur: Utilisateur, objet: Classe | Inscription, page: str) -> Consultation | None:
    """Une ligne, et une seule instruction, quand la personne tient dans ce centre un rôle dont on trace les lectures.

    L'objet est désigné par sa clé : un nom ne s'écrit pas dans une table qui ne s'efface pas.
    """
    classe = objet if isinstance(objet, Classe) else objet.classe
    centre: Centre = classe.centre
    if not a_un_role(utilisateur, centre, LECTURES_TRACEES):
        return None
    # Un candidat est une inscription vue par la certification : l'objet tracé est l'inscription.
    modele = objet._meta.concrete_model or type(objet)
    precedente, rang = _derniers(utilisateur)
    trace = Consultation(
        le=timezone.now(),
        auteur=utilisateur,
        centre=centre,
        objet=f"{modele._meta.label_lower}:{objet.pk}",
        page=page[:80],
        rang=rang + 1,
        precedente=precedente,
    )
    trace.sceau = sceller(CONSULTATION, *valeurs_d_une_consultation(trace))
    trace.save(force_insert=True)
    return trace


def _derniers(utilisateur: Utilisateur) -> tuple[int, int]:
    """La dernière ligne de la table et le dernier rang de cet auteur, en une lecture."""
    siennes = Consultation.objects.filter(auteur=utilisateur).order_by("-rang").values("rang")[:1]
    lues = Consultation.objects.order_by("-pk").annotate(sien=Subquery(siennes)).values_list("pk", "sien")
    precedente, rang = lues.first() or (0, 0)
    return precedente, rang or 0
