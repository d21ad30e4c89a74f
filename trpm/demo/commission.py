"""La commission de la démonstration : convoquée, ouverte, les premiers candidats étudiés, le professionnel absent."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from centres.models import Classe, Utilisateur
from certification.enums import EtatProposition
from certification.models import Candidat, Commission, Grille
from certification.queries.candidats import SyntheseCandidat, synthese_de_la_classe
from certification.services.commissions import (
    DonneesConvocation,
    DonneesMembre,
    convoquer,
    noter_presence,
    ouvrir,
)
from certification.services.numeros import enregistrer_numeros
from certification.services.propositions import (
    changer_etat,
    positionner_competence,
    proposer_note,
    rediger_synthese,
)

MOIS, JOUR = 6, 2
LIEU = "Salle B12, atelier de productique"
# Assez pour montrer une séance en cours, peu pour que la démonstration se prépare vite.
ETUDIES = 5
COMMENTAIRE = "Des bases à reprendre : le candidat a besoin d'être accompagné au poste."
SYNTHESES = (
    "Prépare son poste avec méthode, gagne en autonomie sur les réglages.",
    "Sûr de ses gestes ; les documents sont encore à relire avant de lancer.",
    "Progresse depuis la première, explique ses choix.",
)


def ecrire_commission(*, classe: Classe, equipe: Mapping[str, Utilisateur]) -> None:
    quand = timezone.make_aware(datetime.combine(date(classe.session.annee, MOIS, JOUR), time(8, 30)))
    donnees = DonneesConvocation(date=quand, lieu=LIEU, membres=_membres(equipe))
    commission = convoquer(utilisateur=equipe["chef"], classe=classe, donnees=donnees)
    rangs = enumerate(Candidat.objects.de_la_classe(classe), start=1)
    numeros = {candidat.pk: f"24{classe.pk:03d}{rang:05d}" for rang, candidat in rangs}
    enregistrer_numeros(utilisateur=equipe["ddfpt"], classe=classe, numeros=numeros)
    # Une commission écrit avec les grilles publiées ; sans elles, elle reste convoquée.
    if not Grille.objects.filter(version=classe.version, publiee_le__isnull=False).exists():
        return
    commission = ouvrir(utilisateur=equipe["chef"], commission=commission, maintenant=quand)
    presences = {un.pk: not un.est_professionnel for un in commission.membres.all()}
    noter_presence(utilisateur=equipe["chef"], commission=commission, presences=presences)
    candidats = synthese_de_la_classe(classe).candidats
    for rang, lu in enumerate(candidats[:ETUDIES]):
        _etudier(commission, lu, rang, equipe, quand + timedelta(minutes=4 * (rang + 1)))


def _membres(equipe: Mapping[str, Utilisateur]) -> tuple[DonneesMembre, ...]:
    return (
        DonneesMembre(utilisateur=equipe["chef"], qualite="Cheffe de centre", est_president=True),
        DonneesMembre(utilisateur=equipe["enseignant"], qualite="Enseignante du domaine professionnel"),
        DonneesMembre(utilisateur=equipe["enseignant2"], qualite="Enseignant de génie mécanique construction"),
        DonneesMembre(utilisateur=equipe["commission"], qualite="Membre de l'équipe de dernière année"),
        DonneesMembre(nom="Odile Perrin", qualite="Cheffe d'atelier, MécaLoire", est_professionnel=True),
    )


def _etudier(
    commission: Commission, lu: SyntheseCandidat, rang: int, equipe: Mapping[str, Utilisateur], quand: datetime
) -> None:
    """La note du calcul ; une compétence que rien ne prouvait est positionnée ; sinon le candidat reste à étudier."""
    for code, vue in lu.epreuves.items():
        commun: dict[str, Any] = {"commission": commission, "inscription": lu.candidat, "maintenant": quand}
        auteur = equipe["commission" if rang % 2 else "enseignant"]
        version = 1
        if lu.syntheses[code].conservee is not None:
            continue
        rediger_synthese(
            utilisateur=auteur, epreuve=vue.epreuve, texte=SYNTHESES[rang % len(SYNTHESES)], version=version, **commun
        )
        vides = [ligne.code for ligne in lu.syntheses[code].lignes if ligne.points is None]
        if rang == 3 and code == "E32":
            changer_etat(utilisateur=auteur, epreuve=vue.epreuve, etat=EtatProposition.ABSENT, version=2, **commun)
            continue
        for vide in vides:
            positionner_competence(
                utilisateur=auteur,
                competence=vue.competences[vide],
                niveau=2,
                motif="Interrogé sur son dossier : explique la démarche, ne la conduit pas seul.",
                version=0,
                **commun,
            )
        try:
            proposer_note(utilisateur=auteur, epreuve=vue.epreuve, version=2, commentaire=COMMENTAIRE, **commun)
        except ValidationError:
            continue
