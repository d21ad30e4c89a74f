"""Le plan d'une liste d'apprenants : qui est nouveau, qui change, qui ressemble à quelqu'un ; rien n'est écrit ici."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.core.exceptions import ValidationError

from centres.calendrier import rentree, sortie
from centres.enums import StatutApprenant
from centres.imports import valeurs
from centres.imports.identites import ecriture_de, memes_mots, plat
from centres.imports.plan import AUTRE, Candidat, Creation, LignePlan, Plan, Verdict, erreur
from centres.imports.valeurs import CaseRefusee
from centres.models import Apprenant, Centre, Classe, Inscription
from centres.services.apprenants import inscription_remplacee, verifier_debut, verifier_option
from centres.services.listes.formations import Formations, session_de
from centres.services.listes.reconnaissance import Connus, LigneLue, Reconnaissance
from referentiel.models import Option, SessionExamen

LIBELLES = {"nom": "nom", "prenom": "prénom", "ine": "INE"}


@dataclass(frozen=True)
class Reglages:
    """Ce que la personne choisit pour toute la liste."""

    annee_scolaire: int
    # Un changement en cours d'année ferme la veille de ce jour l'inscription en cours.
    date_effet: date
    statut: StatutApprenant

    @property
    def rentree(self) -> date:
        return rentree(self.annee_scolaire)


@dataclass(frozen=True)
class Voulue:
    """L'inscription à ouvrir ; la classe peut n'exister qu'au moment d'appliquer."""

    classe: Classe
    option: Option | None
    statut: StatutApprenant
    debut: date


@dataclass(frozen=True)
class Action:
    numero: int
    apprenant: Apprenant | None
    # Les champs d'identité à écrire ; tous pour un nouvel apprenant.
    identite: Mapping[str, str]
    inscription: Voulue | None
    # La façon dont le fichier nomme une fiche dont on garde le nom ; elle se reconnaîtra sans redemander.
    ecriture: str = ""


def planifier_apprenants(centre: Centre, lignes: Sequence[tuple[int, Mapping[str, str]]], reglages: Reglages) -> Plan:
    """Un verdict par ligne ; un nombre de requêtes qui ne dépend pas du nombre de lignes."""
    return _Planificateur(centre, lignes, reglages).plan()


class _Planificateur:
    def __init__(self, centre: Centre, lignes: Sequence[tuple[int, Mapping[str, str]]], reglages: Reglages) -> None:
        self.centre, self.lignes, self.reglages = centre, lignes, reglages
        self.formations = Formations()
        existantes = Classe.objects.filter(centre=centre, annee_scolaire=reglages.annee_scolaire)
        self.classes = {
            plat(une.nom): une for une in existantes.select_related("centre", "version__diplome", "session")
        }
        sessions = SessionExamen.objects.select_related("diplome")
        self.sessions = {(session.diplome_id, session.annee): session for session in sessions}
        self.nouvelles: dict[str, Classe] = {}
        self.usages: dict[str, int] = {}
        ines = {"".join(ligne.get("ine", "").split()).upper() for _, ligne in lignes} - {""}
        self.reconnaissance = Reconnaissance(Connus(centre, ines))

    def plan(self) -> Plan:
        lignes = tuple(self._ligne(numero, cases) for numero, cases in self.lignes)
        creations = tuple(self._creation(classe) for cle, classe in self.nouvelles.items() if self.usages.get(cle))
        contexte = {
            "annee": self.reglages.annee_scolaire,
            "effet": self.reglages.date_effet,
            "statut": self.reglages.statut,
        }
        return Plan(lignes, creations, contexte)

    def _ligne(self, numero: int, cases: Mapping[str, str]) -> LignePlan:
        libelle = f"{cases.get('nom', '')} {cases.get('prenom', '')}".strip() or "sans nom"
        try:
            lue = _lire(numero, cases, self.reglages)
            classe = self._classe(lue)
            resultat = self._verdict(lue, classe)
        except CaseRefusee as refus:
            return erreur(numero, libelle, refus.champ, str(refus))
        if resultat.verdict != Verdict.INCHANGE and classe.pk is None:
            cle = plat(classe.nom)
            self.usages[cle] = self.usages.get(cle, 0) + 1
        return resultat

    def _classe(self, lue: LigneLue) -> Classe:
        cle = plat(lue.division)
        if classe := self.classes.get(cle):
            if lue.mef:
                self.formations.pour_classe(lue.mef, classe)
            return classe
        if not lue.mef:
            raise CaseRefusee(
                "Division", f"La classe {lue.division} n'existe pas : un code MEF est nécessaire pour la créer."
            )
        if prevue := self.nouvelles.get(cle):
            self.formations.pour_classe(lue.mef, prevue)
            return prevue
        formation = self.formations.pour_nouvelle_classe(lue.mef, self.reglages.annee_scolaire)
        annee = session_de(formation, self.reglages.annee_scolaire)
        diplome = formation.version.diplome
        classe = Classe(
            centre=self.centre,
            nom=lue.division,
            annee_scolaire=self.reglages.annee_scolaire,
            annee_cycle=formation.annee_cycle,
            version=formation.version,
            session=self.sessions.get((diplome.pk, annee)) or SessionExamen(diplome=diplome, annee=annee),
        )
        self.nouvelles[cle] = classe
        return classe

    def _creation(self, classe: Classe) -> Creation:
        details = f"{classe.version}, année {classe.annee_cycle} du cycle, session {classe.session.annee}"
        return Creation(str(classe), details, self.usages[plat(classe.nom)], classe)

    def _verdict(self, lue: LigneLue, classe: Classe) -> LignePlan:
        trouve = self.reconnaissance.reconnaitre(lue)
        if trouve.repete is not None:
            return LignePlan(lue.numero, lue.libelle, Verdict.INCHANGE, (f"Répète la ligne {trouve.repete}.",))
        if trouve.apprenant is not None:
            action, changements = self._reprise(lue, classe, trouve.apprenant)
            verdict = Verdict.CHANGE if changements else Verdict.INCHANGE
            if _noms_corriges(lue, trouve.apprenant):
                changements.append(f"nom gardé : {trouve.apprenant}")
            return LignePlan(
                lue.numero, lue.libelle, verdict, tuple(changements), action=action, cible=trouve.apprenant.pk
            )
        action, details = self._accueil(lue, classe)
        if not trouve.candidats and not trouve.lignes:
            return LignePlan(lue.numero, lue.libelle, Verdict.NOUVEAU, tuple(details), action=action)
        candidats = [choix for un in trouve.candidats for choix in self._candidats(lue, classe, un)]
        candidats += [
            Candidat(f"ligne-{numero}", f"Même personne que la ligne {numero} : cette ligne est laissée de côté")
            for numero in trouve.lignes
        ]
        autre = Candidat(AUTRE, "Une autre personne", tuple(details), action)
        return LignePlan(
            lue.numero, lue.libelle, Verdict.DOUBLON, (trouve.raison,), candidats=(*candidats, autre), action=action
        )

    def _candidats(self, lue: LigneLue, classe: Classe, apprenant: Apprenant) -> list[Candidat]:
        """La même personne, dont le nom connu reste ; le corriger est une autre réponse."""
        action, changements = self._reprise(lue, classe, apprenant)
        derniere = self.reconnaissance.connus.inscriptions_ici(apprenant)[-1]
        ine = f", INE {apprenant.ine}" if apprenant.ine else ""
        libelle = f"Même personne que {apprenant}, en {derniere.classe}{ine}"
        gardee = replace(action, ecriture=ecriture_de(lue.nom, lue.prenom))
        candidats = [Candidat(f"meme-{apprenant.pk}", libelle, tuple(changements) or ("rien ne change",), gardee)]
        if noms := _noms_corriges(lue, apprenant):
            corrigee = replace(action, identite={**noms, **action.identite})
            dits = (*_dits(noms, apprenant), *changements)
            candidats.append(Candidat(f"nom-{apprenant.pk}", f"{libelle} : corriger le nom", dits, corrigee))
        return candidats

    def _accueil(self, lue: LigneLue, classe: Classe) -> tuple[Action, list[str]]:
        statut = lue.statut or self.reglages.statut
        voulue = Voulue(classe, self._option(lue, classe), statut, lue.entree or self.reglages.rentree)
        _verifier(Apprenant(nom=lue.nom, prenom=lue.prenom), voulue)
        identite = {"nom": lue.nom, "prenom": lue.prenom, "ine": lue.ine}
        return Action(lue.numero, None, identite, voulue), [_phrase(voulue)]

    def _reprise(self, lue: LigneLue, classe: Classe, apprenant: Apprenant) -> tuple[Action, list[str]]:
        identite = {"ine": lue.ine} if lue.ine and lue.ine != apprenant.ine else {}
        changements = _dits(identite, apprenant)
        voulue = self._inscription(lue, classe, apprenant)
        if voulue:
            remplacee = _verifier(apprenant, voulue, self.reconnaissance.connus.inscriptions[apprenant.pk])
            changements.append(_phrase(voulue) + (f" ; {_resume(remplacee)} se ferme la veille" if remplacee else ""))
        return Action(lue.numero, apprenant, identite, voulue), changements

    def _inscription(self, lue: LigneLue, classe: Classe, apprenant: Apprenant) -> Voulue | None:
        """L'inscription que la ligne demande, ou rien si elle existe déjà."""
        ici = self.reconnaissance.connus.inscriptions_ici(apprenant)
        dedans = [une for une in ici if une.classe_id == classe.pk]
        if dedans:
            return self._dans_la_meme_classe(lue, classe, dedans[-1], ici)
        statut = lue.statut or (StatutApprenant(ici[-1].statut) if ici else self.reglages.statut)
        cette_annee = [une for une in ici if une.classe.annee_scolaire == self.reglages.annee_scolaire]
        debut = self._effet(lue, cette_annee[-1]) if cette_annee else lue.entree or self.reglages.rentree
        return Voulue(classe, self._option(lue, classe), statut, debut)

    def _dans_la_meme_classe(
        self, lue: LigneLue, classe: Classe, derniere: Inscription, ici: list[Inscription]
    ) -> Voulue | None:
        statut = lue.statut or StatutApprenant(derniere.statut)
        option = self._option(lue, classe) if lue.mef or lue.option else derniere.option
        if (statut, option) != (derniere.statut, derniere.option):
            return Voulue(classe, option, statut, self._effet(lue, derniere))
        parti = derniere.fin is not None and derniere.fin < self.reglages.date_effet
        suivi = any(une.debut > derniere.debut for une in ici)
        return Voulue(classe, option, statut, self.reglages.date_effet) if parti and not suivi else None

    def _effet(self, lue: LigneLue, derniere: Inscription) -> date:
        return lue.entree if lue.entree and lue.entree > derniere.debut else self.reglages.date_effet

    def _option(self, lue: LigneLue, classe: Classe) -> Option | None:
        """Celle du code MEF ; la colonne « option » la précise quand le code n'en dit rien."""
        du_mef = self.formations.pour_classe(lue.mef, classe).option if lue.mef else None
        ecrite = lue.option.upper() or None
        if du_mef and ecrite and du_mef != ecrite:
            raise CaseRefusee("Option", f"Le code MEF dit {du_mef}, la colonne dit {ecrite} : corrigez l'un des deux.")
        code = du_mef or ecrite
        option = self.formations.option(classe.version_id, code)
        if code and option is None:
            connues = ", ".join(self.formations.options[classe.version_id]) or "aucune"
            raise CaseRefusee("Option", f"« {code[:20]} » n'est pas une option de {classe.version} ({connues}).")
        return option


def _lire(numero: int, cases: Mapping[str, str], reglages: Reglages) -> LigneLue:
    entree = valeurs.jour("Date d'entrée", cases.get("entree", ""))
    if entree and entree > sortie(reglages.annee_scolaire):
        raise CaseRefusee("Date d'entrée", "Après la fin de l'année scolaire choisie : vérifiez la date ou l'année.")
    # La date d'entrée des exports est souvent celle de l'arrivée dans l'établissement, des années plus tôt.
    if entree and entree < date(reglages.annee_scolaire, 8, 1):
        entree = None
    return LigneLue(
        numero=numero,
        nom=valeurs.texte("Nom", cases.get("nom", ""), 80),
        prenom=valeurs.texte("Prénom", cases.get("prenom", ""), 80),
        ine=valeurs.ine(cases.get("ine", "")),
        mef=cases.get("mef", ""),
        division=valeurs.texte("Division", cases.get("division", ""), 40),
        option=cases.get("option", ""),
        statut=valeurs.statut(cases.get("statut", "")),
        entree=entree,
        email=valeurs.email(cases.get("email", "")),
    )


def _noms_corriges(lue: LigneLue, apprenant: Apprenant) -> dict[str, str]:
    """L'orthographe du fichier, hors la casse ; des colonnes inversées ne corrigent rien."""
    if plat(apprenant.nom) == plat(lue.prenom) and plat(apprenant.prenom) == plat(lue.nom):
        return {}
    ecrits = {"nom": lue.nom, "prenom": lue.prenom}
    return {champ: ecrit for champ, ecrit in ecrits.items() if not memes_mots(getattr(apprenant, champ), ecrit)}


def _dits(identite: Mapping[str, str], apprenant: Apprenant) -> list[str]:
    return [
        f"{LIBELLES[champ]} : {getattr(apprenant, champ) or 'aucun'} → {valeur}" for champ, valeur in identite.items()
    ]


def _verifier(apprenant: Apprenant, voulue: Voulue, anciennes: Sequence[Inscription] = ()) -> Inscription | None:
    """Les règles du service qui inscrit, dites au champ du fichier ; rend l'inscription que celle-ci fermera."""
    inscription = Inscription(
        apprenant=apprenant, classe=voulue.classe, option=voulue.option, statut=voulue.statut, debut=voulue.debut
    )
    try:
        verifier_debut(inscription)
        verifier_option(inscription)
        return inscription_remplacee(list(anciennes), inscription)
    except ValidationError as refus:
        champs = list(refus.error_dict) if hasattr(refus, "error_dict") else []
        if "option" in champs:
            raise CaseRefusee("Code MEF", f"{' '.join(refus.messages)} Vérifiez le code MEF et le statut.") from refus
        raise CaseRefusee("Date d'entrée", f"{' '.join(refus.messages)} Changez la date d'effet.") from refus


def _phrase(voulue: Voulue) -> str:
    option = voulue.option.code if voulue.option else "sans option"
    return f"{voulue.classe.nom}, {option}, {voulue.statut.label}, à partir du {voulue.debut:%d/%m/%Y}"


def _resume(inscription: Inscription) -> str:
    option = inscription.option.code if inscription.option else "sans option"
    return f"{inscription.classe.nom} {option} ({inscription.get_statut_display()})"


def sans_classe(action: Action, classe: Classe) -> Action:
    """La même action, dans la classe qui vient d'être créée."""
    return replace(action, inscription=replace(action.inscription, classe=classe)) if action.inscription else action
