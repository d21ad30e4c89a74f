"""Des preuves écrites en clair : situations et positionnements d'un candidat, sans passer par la saisie."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.utils import timezone

from centres.models import Classe, Inscription, Utilisateur
from evaluations.enums import Nature, NatureRessource
from evaluations.models import Positionnement, Ressource, Situation
from referentiel.models import CompetenceDetaillee, Option

EPREUVES = ("E2", "E31", "E32")


def detaillees_de(classe: Classe, option: Option | None, epreuve: str) -> dict[str, CompetenceDetaillee]:
    """Les détaillées d'une épreuve, aux libellés de l'option."""
    toutes = CompetenceDetaillee.objects.filter(
        competence__version=classe.version, competence__bloc__epreuve__code=epreuve
    )
    return {d.code: d for d in toutes if d.option_id in (None, option.pk if option else None)}


def fabriquer_situation(
    classe: Classe,
    auteur: Utilisateur,
    code: str,
    *epreuves: str,
    nature: Nature = Nature.CERTIFICATIVE,
    debut: date = date(2026, 2, 3),
    titre: str = "Étau de montage",
    description: str = "Le candidat prépare, règle et réalise une petite série de mors.",
) -> Situation:
    """Une situation qui évalue toutes les détaillées de ses épreuves, dans les deux options."""
    situation = Situation.objects.create(
        classe=classe,
        code=code,
        titre=titre,
        nature=nature,
        debut=debut,
        periode=classe.version.periodes.get(ordre=6),
        description=description,
        auteur=auteur,
    )
    liees = classe.version.epreuves.filter(code__in=epreuves)
    situation.epreuves.set(liees)
    situation.evaluees.set(
        CompetenceDetaillee.objects.filter(competence__version=classe.version, competence__bloc__epreuve__in=liees)
    )
    return situation


def fabriquer_inventaire(situation: Situation) -> None:
    for ordre, (nature, designation) in enumerate(
        (
            (NatureRessource.DOCUMENT, "Dossier technique de l'étau, gamme de fabrication"),
            (NatureRessource.MATERIEL, "Tour à commande numérique 2 axes"),
            (NatureRessource.OUTIL, "Micromètre 0–25, jauge de profondeur"),
            (NatureRessource.LOGICIEL, "Logiciel de F.A.O."),
        )
    ):
        Ressource.objects.create(situation=situation, nature=nature, designation=designation, ordre=ordre)


def positionner(
    situation: Situation,
    inscription: Inscription,
    auteur: Utilisateur,
    niveaux: Mapping[str, int | str],
    observation: str = "",
) -> None:
    """`niveaux` : code de détaillée → 1 à 4, NE, ABJ, ABN ou DISP ; libellé de l'option de l'inscription."""
    codes = {
        code: detaillee
        for epreuve in EPREUVES
        for code, detaillee in detaillees_de(inscription.classe, inscription.option, epreuve).items()
    }
    Positionnement.objects.bulk_create(
        Positionnement(
            situation=situation,
            inscription=inscription,
            detaillee=codes[code],
            niveau=valeur if isinstance(valeur, int) else None,
            etat="" if isinstance(valeur, int) else valeur,
            observation=observation,
            auteur=auteur,
            modifie_le=timezone.now(),
        )
        for code, valeur in niveaux.items()
    )


def tout_positionner(
    situation: Situation, inscription: Inscription, auteur: Utilisateur, niveau: int, sauf: Iterable[str] = ()
) -> None:
    """Le même niveau à toutes les détaillées des épreuves de la situation, sauf certaines."""
    codes = [
        code
        for epreuve in situation.epreuves.all()
        for code in detaillees_de(inscription.classe, inscription.option, epreuve.code)
    ]
    positionner(situation, inscription, auteur, {code: niveau for code in codes if code not in sauf})
