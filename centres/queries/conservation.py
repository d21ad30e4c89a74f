"""Jusqu'à quand un centre garde un apprenant, et ce qui retient encore ses données."""

import calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from centres.models import Apprenant, Centre, Conservation, Gel, Inscription

MOIS_PAR_DEFAUT = Conservation._meta.get_field("mois").default


@dataclass(frozen=True)
class Echeance:
    """Le sort d'un apprenant : `jusqu_au` vide tant que des résultats manquent ; `retenu_par` vide : purgeable."""

    apprenant: Apprenant
    classes: tuple[str, ...]
    jusqu_au: date | None
    retenu_par: str
    gel: Gel | None

    @property
    def est_purgeable(self) -> bool:
        return not self.retenu_par


def duree_de(centre: Centre) -> int:
    """En mois après les résultats."""
    mois = Conservation.objects.filter(centre=centre).values_list("mois", flat=True).first()
    return MOIS_PAR_DEFAUT if mois is None else mois


def echeances_du_centre(centre: Centre, jour: date) -> list[Echeance]:
    """Tous ceux qui ont été inscrits ici et ne sont pas encore anonymisés ; trois requêtes.

    La plus longue de leurs conservations décide : un redoublant, ou un apprenti suivi par deux centres, attend que
    tous ses délais soient passés.
    """
    inscrits = Inscription.objects.filter(classe__centre=centre, apprenant__anonymise_le=None)
    inscriptions = (
        Inscription.objects.filter(apprenant__in=inscrits.values("apprenant"))
        .select_related("apprenant", "classe__session", "classe__centre__conservation")
        .order_by("apprenant__nom", "apprenant__prenom", "apprenant", "debut")
    )
    gels = {
        gel.apprenant_id: gel for gel in Gel.objects.filter(leve_le=None, apprenant__in=inscrits.values("apprenant"))
    }
    par_apprenant: dict[int, list[Inscription]] = defaultdict(list)
    for inscription in inscriptions:
        par_apprenant[inscription.apprenant_id].append(inscription)
    return [_echeance(siennes, gels.get(pk), centre, jour) for pk, siennes in par_apprenant.items()]


def resultats_publies(centre: Centre) -> bool:
    """Une session au moins, parmi celles des classes du centre, a ses résultats."""
    return centre.classes.filter(session__resultats_le__isnull=False).exists()


def ajouter_mois(jour: date, mois: int) -> date:
    """Le même quantième, ou le dernier jour d'un mois plus court."""
    annee, rang = divmod(jour.year * 12 + jour.month - 1 + mois, 12)
    return date(annee, rang + 1, min(jour.day, calendar.monthrange(annee, rang + 1)[1]))


def _echeance(inscriptions: list[Inscription], gel: Gel | None, centre: Centre, jour: date) -> Echeance:
    sessions = {inscription.classe.session for inscription in inscriptions}
    attendues = sorted(session.annee for session in sessions if session.resultats_le is None)
    jusqu_au = None if attendues else max(_fin(inscription) for inscription in inscriptions)
    ouverte = next((une for une in inscriptions if une.fin is None and jour <= une.classe.bornes[1]), None)
    if gel:
        retenu = "gel en cours"
    elif ouverte:
        retenu = f"encore inscrit en {ouverte.classe}"
    elif jusqu_au is None:
        retenu = f"résultats de la session {attendues[-1]} non publiés"
    else:
        retenu = f"conservé jusqu'au {jusqu_au:%d/%m/%Y}" if jusqu_au >= jour else ""
    ici = {str(une.classe): None for une in inscriptions if une.classe.centre_id == centre.pk}
    return Echeance(inscriptions[0].apprenant, tuple(ici), jusqu_au, retenu, gel)


def _fin(inscription: Inscription) -> date:
    centre, session = inscription.classe.centre, inscription.classe.session
    if session.resultats_le is None:
        raise ValueError(f"Les résultats de la {session} ne sont pas publiés.")
    conservation = getattr(centre, "conservation", None)
    return ajouter_mois(session.resultats_le, conservation.mois if conservation else MOIS_PAR_DEFAUT)
