"""Écrit la démonstration par les services : ce qu'elle montre, l'application sait le faire."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from centres.enums import Role, StatutApprenant, StatutCentre
from centres.models import Centre, Classe, Inscription, Utilisateur
from centres.services import affecter, creer_apprenant, creer_classe, creer_utilisateur, inscrire_apprenant
from evaluations.models import Situation
from evaluations.queries.progression import Cohorte
from evaluations.services.positionnements import enregistrer_cellule
from evaluations.services.situations import creer_situation
from referentiel.models import Option, SessionExamen, VersionReferentiel
from referentiel.services import creer_sessions
from trpm.contexte import MOT_DE_PASSE_DEMO, ROLES_DEMO
from trpm.demo import tirage
from trpm.demo.bilans import ecrire_bilans
from trpm.demo.commission import ecrire_commission
from trpm.demo.contenu import Personnes, SituationDemo, lire_personnes, lire_situations
from trpm.demo.dossiers import ecrire_dossiers
from trpm.demo.pfmp import ecrire_pfmp
from trpm.demo.portfolio import ecrire_portfolio
from trpm.demo.progression import ecrire_echelle, ecrire_sequences
from trpm.demo.tirage import ApprenantDemo

SESSION = 2026
NOM_DU_CENTRE = "Lycée des Ateliers (démonstration)"
NIVEAUX = {1: "2", 2: "1", 3: "T"}


class DemoDejaPresente(ValueError):
    """Le centre de démonstration existe : rien n'est recréé, rien n'est effacé."""


# Année du cycle, option, statut, début, fin.
Etape = tuple[int, Option | None, StatutApprenant, date, date | None]


@dataclass(frozen=True)
class Bilan:
    """Ce qui a été créé."""

    apprenants: int
    situations: int
    positionnements: int


@transaction.atomic
def fabriquer_demo(*, graine: int, classes: int, effectif: int) -> Bilan:
    """Un centre, son équipe et `classes` cohortes de `effectif` apprenants suivies de la seconde à la terminale."""
    if Centre.objects.filter(nom=NOM_DU_CENTRE).exists():
        raise DemoDejaPresente("Les données de démonstration sont déjà là.")
    personnes = lire_personnes()
    version = VersionReferentiel.objects.filter(diplome__code="TRPM").publiees().latest("numero")
    centre = Centre.objects.create(nom=NOM_DU_CENTRE, commune="Lyon", statut=StatutCentre.PUBLIC)
    equipe = _equipe(centre, personnes)
    # Une pour toutes les classes entrées la même année ; les bilans s'y comparent.
    ecrire_echelle(centre=centre, version=version, cohorte=SESSION - 3, auteur=equipe["enseignant"])
    bilan = Bilan(0, 0, 0)
    for numero in range(classes):
        cohorte = _Cohorte(graine, numero, effectif, centre, version, equipe, personnes)
        partiel = cohorte.ecrire()
        bilan = Bilan(
            bilan.apprenants + partiel.apprenants,
            bilan.situations + partiel.situations,
            bilan.positionnements + partiel.positionnements,
        )
    ecrire_sequences(cohorte=Cohorte(centre, SESSION - 3, version), auteur=equipe["enseignant"])
    return bilan


def _equipe(centre: Centre, personnes: Personnes) -> dict[str, Utilisateur]:
    rentree = date(SESSION - 3, 9, 1)
    equipe = {}
    for identifiant, prenom, nom, role in personnes.equipe:
        utilisateur = _compte(identifiant, prenom, nom)
        affecter(
            auteur=None,
            utilisateur=utilisateur,
            role=Role(role),
            centre=None if role == Role.ADMINISTRATEUR else centre,
            debut=rentree,
        )
        equipe[identifiant] = utilisateur
    return equipe


def _compte(identifiant: str, prenom: str, nom: str) -> Utilisateur:
    utilisateur = creer_utilisateur(auteur=None, identifiant=identifiant, prenom=prenom, nom=nom)
    if identifiant in ROLES_DEMO:
        utilisateur.set_password(MOT_DE_PASSE_DEMO)
        utilisateur.save(update_fields=["password"])
    return utilisateur


class _Cohorte:
    """Une promotion : trois classes successives, ses apprenants, ses situations, ses positionnements."""

    def __init__(
        self,
        graine: int,
        numero: int,
        effectif: int,
        centre: Centre,
        version: VersionReferentiel,
        equipe: dict[str, Utilisateur],
        personnes: Personnes,
    ) -> None:
        self.graine, self.numero, self.effectif = graine, numero, effectif
        self.centre, self.version, self.equipe = centre, version, equipe
        self.options = {option.code: option for option in version.options.all()}
        self.personnes = personnes
        self.situations = lire_situations(SESSION, tirage.choisir(graine, numero, personnes.entreprises))

    def ecrire(self) -> Bilan:
        classes = self._classes()
        apprenants = tirage.tirer_apprenants(self.graine, self.numero, self.effectif, self.personnes)
        inscriptions = {apprenant.rang: self._inscrire(apprenant, classes) for apprenant in apprenants}
        total = 0
        for situation in self.situations:
            ligne = creer_situation(
                utilisateur=self._auteur(situation),
                classe=classes[situation.annee_cycle],
                donnees=situation.donnees,
            )
            total += sum(self._positionner(ligne, situation, a, inscriptions[a.rang]) for a in apprenants)
        ecrire_pfmp(
            graine=self.graine,
            numero=self.numero,
            classe=classes[3],
            inscriptions={rang: siennes[-1] for rang, siennes in inscriptions.items()},
            equipe=self.equipe,
            personnes=self.personnes,
        )
        ecrire_bilans(classes=classes, equipe=self.equipe)
        ecrire_portfolio(inscriptions[0][-1])
        ecrire_dossiers(classe=classes[3], equipe=self.equipe)
        ecrire_commission(classe=classes[3], equipe=self.equipe)
        return Bilan(len(apprenants), len(self.situations), total)

    def _classes(self) -> dict[int, Classe]:
        creer_sessions(self.version.diplome, [SESSION])
        session = SessionExamen.objects.get(diplome=self.version.diplome, annee=SESSION)
        lettre = f" {chr(ord('A') + self.numero)}" if self.numero else ""
        return {
            annee: creer_classe(
                auteur=None,
                centre=self.centre,
                nom=f"{NIVEAUX[annee]}TRPM{lettre}",
                annee_scolaire=SESSION - 4 + annee,
                annee_cycle=annee,
                version=self.version,
                session=session,
            )
            for annee in NIVEAUX
        }

    def _inscrire(self, apprenant: ApprenantDemo, classes: dict[int, Classe]) -> list[Inscription]:
        compte = None
        if self.numero == 0 and apprenant.rang == 0:
            compte = _compte("apprenant", apprenant.prenom, apprenant.nom)
        fiche = creer_apprenant(
            auteur=None, centre=self.centre, nom=apprenant.nom, prenom=apprenant.prenom, utilisateur=compte
        )
        return [
            inscrire_apprenant(
                auteur=None, classe=classes[annee], apprenant=fiche, option=option, statut=statut, debut=debut, fin=fin
            )
            for annee, option, statut, debut, fin in self._parcours(apprenant)
        ]

    def _parcours(self, apprenant: ApprenantDemo) -> list[Etape]:
        """Une inscription par année, deux quand l'option ou le statut change en route."""
        rang, option = apprenant.rang, self.options[apprenant.option]
        statut = StatutApprenant.APPRENTI if apprenant.est_apprenti else StatutApprenant.SCOLAIRE
        etapes: list[Etape] = []
        for annee in NIVEAUX:
            rentree = date(SESSION - 4 + annee, 9, 1)
            sortie = date(SESSION - 3 + annee, 8, 31)
            if annee == 1 and rang == tirage.RANG_ARRIVE_EN_PREMIERE:
                continue
            if annee == 2 and rang == tirage.RANG_CHANGE_D_OPTION:
                autre = self.options["RMO" if apprenant.option == "RSP" else "RSP"]
                etapes.append((annee, autre, statut, rentree, None))
                rentree = date(SESSION - 1, 1, 6)
            if annee == 2 and rang == tirage.RANG_DEVIENT_APPRENTI:
                etapes.append((annee, option, StatutApprenant.SCOLAIRE, rentree, None))
                rentree = date(SESSION - 1, 2, 3)
            devenu = rang == tirage.RANG_DEVIENT_APPRENTI and annee >= 2
            du_moment = StatutApprenant.APPRENTI if devenu else statut
            est_commune = annee == 1 and du_moment == StatutApprenant.SCOLAIRE
            etapes.append((annee, None if est_commune else option, du_moment, rentree, sortie))
        return etapes

    def _auteur(self, situation: SituationDemo) -> Utilisateur:
        """E2 par Mme Faye, le reste par M. Roux : les preuves ont des auteurs différents."""
        return self.equipe["enseignant" if "E2" in situation.donnees.epreuves else "enseignant2"]

    def _positionner(
        self, ligne: Situation, situation: SituationDemo, apprenant: ApprenantDemo, inscriptions: list[Inscription]
    ) -> int:
        inscription = next(
            (i for i in reversed(inscriptions) if i.debut <= ligne.debut and (i.fin is None or ligne.debut <= i.fin)),
            None,
        )
        if inscription is None:
            return 0
        quand = timezone.make_aware(datetime.combine(ligne.fin or ligne.debut, time(14, 3)))
        admises = [d for d in ligne.evaluees.select_related("option") if d.option_id in (None, inscription.option_id)]
        faites = 0
        for detaillee in admises:
            valeur = tirage.tirer_valeur(self.graine, self.numero, apprenant, situation, detaillee.code, self.effectif)
            if valeur is None:
                continue
            enregistrer_cellule(
                utilisateur=self._auteur(situation),
                situation_id=ligne.pk,
                inscription_id=inscription.pk,
                detaillee_id=detaillee.pk,
                valeur=valeur,
                version=0,
                maintenant=quand,
            )
            faites += 1
        return faites
