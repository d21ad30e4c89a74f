"""Le plan d'une liste d'entreprises et de tuteurs, puis son écriture ; une case vide n'efface jamais rien."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from centres.imports import valeurs
from centres.imports.identites import cles, memes_mots, mots, nette, plat
from centres.imports.plan import AUTRE, Candidat, LignePlan, Plan, Verdict, erreur
from centres.imports.valeurs import CaseRefusee
from centres.journal import Acte
from centres.models import Centre, Entreprise, Tuteur, Utilisateur
from centres.services.entreprises import CHAMPS_ENTREPRISE, modifier_entreprise, modifier_tuteur
from centres.services.listes.ecriture import ImportImpossible, a_la_ligne, creer_ensemble
from centres.services.listes.journal_ensemble import journaliser_ensemble

# Ce qui ne distingue pas deux entreprises.
FORMES = frozenset("sas sasu sarl sa eurl snc scop ste societe ets etablissements etablissement entreprise".split())  # noqa: SIM905
Cle = tuple[str, str]
LIBELLES = {"nom": "nom", "commune": "commune", "siret": "SIRET"}


@dataclass(frozen=True)
class LigneEntreprise:
    numero: int
    nom: str
    commune: str
    siret: str
    tuteur: Mapping[str, str]

    @property
    def libelle(self) -> str:
        tuteur = f"{self.tuteur['prenom']} {self.tuteur['nom']}".strip()
        return f"{self.nom}{f', {self.commune}' if self.commune else ''}{f' · {tuteur}' if tuteur else ''}"

    @property
    def cle(self) -> Cle:
        return _cle(self.nom, self.commune)


@dataclass(frozen=True)
class ActionEntreprise:
    numero: int
    lue: LigneEntreprise
    entreprise: Entreprise | None
    complements: Mapping[str, str] = field(default_factory=dict)
    tuteur: Tuteur | None = None
    complements_tuteur: Mapping[str, str] = field(default_factory=dict)


def planifier_entreprises(centre: Centre, lignes: Sequence[tuple[int, Mapping[str, str]]]) -> Plan:
    planificateur = _Planificateur(centre)
    return Plan(tuple(planificateur.ligne(numero, cases) for numero, cases in lignes))


class _Planificateur:
    def __init__(self, centre: Centre) -> None:
        connues = list(Entreprise.objects.filter(centre=centre).order_by("pk"))
        self.par_siret = {une.siret: une for une in connues if une.siret}
        self.par_cle = {_cle(une.nom, une.commune): une for une in connues}
        self.par_proche: dict[str, list[Entreprise]] = defaultdict(list)
        for une in connues:
            self.par_proche[_proche(une.nom)].append(une)
        self.tuteurs: dict[int, list[Tuteur]] = defaultdict(list)
        for tuteur in Tuteur.objects.filter(entreprise__centre=centre).order_by("pk"):
            self.tuteurs[tuteur.entreprise_id].append(tuteur)
        self.vues: dict[Cle, LigneEntreprise] = {}
        self.sirets_vus: dict[str, LigneEntreprise] = {}
        self.proches_vues: dict[str, LigneEntreprise] = {}
        self.tuteurs_vus: dict[tuple[object, Cle], LigneEntreprise] = {}

    def ligne(self, numero: int, cases: Mapping[str, str]) -> LignePlan:
        try:
            lue = _lire(numero, cases)
            return self._verdict(lue)
        except CaseRefusee as refus:
            return erreur(numero, cases.get("entreprise", "").strip() or "sans nom", refus.champ, str(refus))

    def _verdict(self, lue: LigneEntreprise) -> LignePlan:
        self._verifier_le_fichier(lue)
        connue = self._connue(lue)
        repetee = self._deja_lue(lue, connue)
        if repetee is not None:
            return LignePlan(lue.numero, lue.libelle, Verdict.INCHANGE, (f"Répète la ligne {repetee}.",))
        if connue:
            return self._reprise(lue, connue)
        action, details = ActionEntreprise(lue.numero, lue, None), _annonce(lue)
        premiere = self.vues.get(lue.cle)
        self.vues.setdefault(lue.cle, lue)
        candidats = [] if premiere else self._candidats(lue)
        voisine = None if premiere else self.proches_vues.get(_proche(lue.nom))
        self.proches_vues.setdefault(_proche(lue.nom), lue)
        if not candidats and not (
            voisine and voisine.cle != lue.cle and _communes_compatibles(voisine.commune, lue.commune)
        ):
            return LignePlan(lue.numero, lue.libelle, Verdict.NOUVEAU, tuple(details), action=action)
        if voisine and not candidats:
            raise CaseRefusee("Entreprise", f"Presque le même nom qu'à la ligne {voisine.numero} : écrivez-les pareil.")
        raison = "Une entreprise au nom très proche existe déjà."
        autre = Candidat(AUTRE, "Une autre entreprise", tuple(details), action)
        return LignePlan(
            lue.numero, lue.libelle, Verdict.DOUBLON, (raison,), candidats=(*candidats, autre), action=action
        )

    def _verifier_le_fichier(self, lue: LigneEntreprise) -> None:
        """Un même SIRET ne désigne qu'une entreprise, une même entreprise n'a qu'un SIRET."""
        autre = self.sirets_vus.setdefault(lue.siret, lue) if lue.siret else lue
        if autre.cle != lue.cle:
            raise CaseRefusee("SIRET", f"Ce numéro est celui d'une autre entreprise, ligne {autre.numero}.")
        premiere = self.vues.get(lue.cle, lue)
        if premiere.siret and lue.siret and premiere.siret != lue.siret:
            raise CaseRefusee("SIRET", f"La ligne {premiere.numero} donne un autre numéro à cette entreprise.")

    def _connue(self, lue: LigneEntreprise) -> Entreprise | None:
        if lue.siret and (connue := self.par_siret.get(lue.siret)):
            return connue
        homonyme = self.par_cle.get(lue.cle)
        if homonyme and lue.siret and homonyme.siret:
            raise CaseRefusee("SIRET", f"{homonyme} a déjà un autre numéro : corrigez-le, ou distinguez leurs noms.")
        return homonyme

    def _deja_lue(self, lue: LigneEntreprise, connue: Entreprise | None) -> int | None:
        cle = (connue.pk if connue else lue.cle, _cle(lue.tuteur["nom"], lue.tuteur["prenom"]))
        premiere = self.tuteurs_vus.setdefault(cle, lue)
        if premiere is lue:
            return None
        if dict(premiere.tuteur) != dict(lue.tuteur):
            raise CaseRefusee(
                "Tuteur", f"Ce tuteur est déjà à la ligne {premiere.numero}, avec d'autres renseignements."
            )
        return premiere.numero

    def _reprise(self, lue: LigneEntreprise, connue: Entreprise) -> LignePlan:
        action, changements = self._action(lue, connue)
        verdict = Verdict.CHANGE if changements else Verdict.INCHANGE
        return LignePlan(lue.numero, lue.libelle, verdict, tuple(changements), action=action, cible=connue.pk)

    def _action(self, lue: LigneEntreprise, connue: Entreprise) -> tuple[ActionEntreprise, list[str]]:
        """La fiche se complète et prend le nom du fichier ; une commune ou un SIRET connus ne changent pas."""
        voulus = {"commune": lue.commune, "siret": lue.siret}
        complements = {champ: valeur for champ, valeur in voulus.items() if valeur and not getattr(connue, champ)}
        if _cle(lue.nom, "") != _cle(connue.nom, ""):
            complements["nom"] = lue.nom
        changements = [f"{LIBELLES[champ]} : {valeur}" for champ, valeur in complements.items()]
        tuteur = self._tuteur(lue, connue)
        corrections: dict[str, str] = {}
        if tuteur:
            lus = lue.tuteur
            corrections = {c: lus[c] for c in ("email", "fonction") if lus[c] and lus[c] != getattr(tuteur, c)}
            changements += [f"{champ} du tuteur : {valeur}" for champ, valeur in corrections.items()]
        elif lue.tuteur["nom"]:
            changements.append(f"nouveau tuteur : {lue.tuteur['prenom']} {lue.tuteur['nom']}".replace("  ", " "))
        return ActionEntreprise(lue.numero, lue, connue, complements, tuteur, corrections), changements

    def _tuteur(self, lue: LigneEntreprise, connue: Entreprise) -> Tuteur | None:
        """Un tuteur se reconnaît dans son entreprise, aux accents, particules et inversions près."""
        if not lue.tuteur["nom"]:
            return None
        voulues = cles(lue.tuteur["nom"], lue.tuteur["prenom"])
        proches = [un for un in self.tuteurs[connue.pk] if cles(un.nom, un.prenom) & voulues]
        exacts = [un for un in proches if _cle(un.nom, un.prenom) == _cle(lue.tuteur["nom"], lue.tuteur["prenom"])]
        return next(iter(exacts or proches), None)

    def _candidats(self, lue: LigneEntreprise) -> list[Candidat]:
        trouves = []
        for une in self.par_proche[_proche(lue.nom)]:
            if _communes_compatibles(une.commune, lue.commune) and not (une.siret and lue.siret):
                action, changements = self._action(lue, une)
                libelle = f"Même entreprise que {une}"
                trouves.append(Candidat(f"meme-{une.pk}", libelle, tuple(changements) or ("rien ne change",), action))
        return trouves


def ecrire_entreprises(auteur: Utilisateur, centre: Centre, actions: Sequence[ActionEntreprise]) -> int:
    """Crée ensemble ce qui est nouveau, corrige une à une les fiches existantes ; rend le nombre de créations."""
    nouvelles: dict[Cle, tuple[int, Entreprise]] = {}
    for action in actions:
        if action.entreprise is None:
            lue = action.lue
            _, fiche = nouvelles.setdefault(
                lue.cle,
                (lue.numero, Entreprise(centre=centre, nom=lue.nom, commune=lue.commune, siret=lue.siret)),
            )
            fiche.siret = fiche.siret or lue.siret
    creer_ensemble(Entreprise, list(nouvelles.values()), exclus=["centre"])
    actes = [
        (
            f"entreprise:{une.pk}",
            Acte(
                acte="entreprise.creee",
                objet=une,
                apres={"centre": centre.pk, "nom": une.nom, "commune": une.commune, "siret": une.siret},
            ),
        )
        for _, une in nouvelles.values()
    ]
    tuteurs = []
    for action in actions:
        entreprise = action.entreprise or nouvelles[action.lue.cle][1]
        if action.lue.tuteur["nom"] and action.tuteur is None:
            tuteurs.append((action.numero, Tuteur(entreprise=entreprise, **action.lue.tuteur)))
    creer_ensemble(Tuteur, tuteurs, exclus=["entreprise"])
    actes += [
        (f"entreprise:{un.entreprise_id}", Acte(acte="tuteur.cree", objet=un, apres={"entreprise": un.entreprise_id}))
        for _, un in tuteurs
    ]
    nombre = journaliser_ensemble(auteur=auteur, actes=actes)
    _corriger(auteur, actions)
    return nombre


def _corriger(auteur: Utilisateur, actions: Sequence[ActionEntreprise]) -> None:
    dites: dict[tuple[int, str], str] = {}
    complements: dict[int, tuple[int, Entreprise, dict[str, str]]] = {}
    for action in actions:
        if action.entreprise and action.complements:
            _, _, reunis = complements.setdefault(action.entreprise.pk, (action.numero, action.entreprise, {}))
            for champ, valeur in action.complements.items():
                if dites.setdefault((action.entreprise.pk, champ), valeur) != valeur:
                    raise ImportImpossible(f"Ligne {action.numero} : une autre ligne donne un autre {champ}.")
                reunis[champ] = valeur
    for numero, entreprise, reunis in complements.values():
        fiche = {champ: getattr(entreprise, champ) for champ in CHAMPS_ENTREPRISE} | reunis
        with a_la_ligne(numero):
            modifier_entreprise(auteur=auteur, entreprise=entreprise, **fiche)
    for action in actions:
        if (tuteur := action.tuteur) and action.complements_tuteur:
            lus = {champ: getattr(tuteur, champ) for champ in ("email", "fonction")} | dict(action.complements_tuteur)
            with a_la_ligne(action.numero):
                modifier_tuteur(auteur=auteur, tuteur=tuteur, nom=tuteur.nom, prenom=tuteur.prenom, **lus)


def _lire(numero: int, cases: Mapping[str, str]) -> LigneEntreprise:
    tuteur = {
        "nom": valeurs.texte("Nom du tuteur", cases.get("tuteur_nom", ""), 80, obligatoire=False),
        "prenom": valeurs.texte("Prénom du tuteur", cases.get("tuteur_prenom", ""), 80, obligatoire=False),
        "email": valeurs.email(cases.get("tuteur_email", ""), "Adresse du tuteur"),
        "fonction": valeurs.texte("Fonction du tuteur", cases.get("fonction", ""), 80, obligatoire=False),
    }
    if not tuteur["nom"] and any(tuteur.values()):
        raise CaseRefusee("Nom du tuteur", "Case vide alors que le tuteur est décrit : donnez son nom.")
    return LigneEntreprise(
        numero=numero,
        nom=valeurs.texte("Entreprise", cases.get("entreprise", ""), 120),
        commune=valeurs.texte("Commune", cases.get("commune", ""), 80, obligatoire=False),
        siret=valeurs.siret(cases.get("siret", "")),
        tuteur=tuteur,
    )


def _annonce(lue: LigneEntreprise) -> list[str]:
    return ["avec son tuteur"] if lue.tuteur["nom"] else []


def _cle(un: str, autre: str) -> Cle:
    return nette(un).casefold(), nette(autre).casefold()


def _proche(nom: str) -> str:
    """« SARL Méca-Loire » et « Mecaloire » se ressemblent."""
    return "".join(mot for mot in mots(nom) if mot not in FORMES) or plat(nom)


def _communes_compatibles(une: str, autre: str) -> bool:
    return not une or not autre or memes_mots(une, autre) or plat(une) == plat(autre)
