"""Le plan d'une liste de personnels et de leurs rôles, puis son écriture par les actes ordinaires."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models.functions import Lower
from django.utils import timezone

from centres.enums import Role
from centres.imports import valeurs
from centres.imports.identites import cles
from centres.imports.plan import AUTRE, Candidat, LignePlan, Plan, Verdict, erreur
from centres.imports.valeurs import CaseRefusee
from centres.models import Affectation, Centre, Utilisateur
from centres.permissions import roles_nommables
from centres.services.listes.ecriture import a_la_ligne
from centres.services.personnes import accueillir_personne, affecter, terminer_affectation


@dataclass(frozen=True)
class LignePersonnel:
    numero: int
    nom: str
    prenom: str
    email: str
    role: Role
    debut: date | None
    fin: date | None

    @property
    def libelle(self) -> str:
        return f"{self.nom} {self.prenom} · {self.role.label}"


@dataclass(frozen=True)
class ActionPersonnel:
    numero: int
    lue: LignePersonnel
    personne: Utilisateur | None
    # Celle dont la date de fin change ; sans elle, une nouvelle.
    affectation: Affectation | None = None


def planifier_personnels(auteur: Utilisateur, centre: Centre, lignes: Sequence[tuple[int, Mapping[str, str]]]) -> Plan:
    planificateur = _Planificateur(auteur, centre, lignes)
    return Plan(tuple(planificateur.ligne(numero, cases) for numero, cases in lignes))


class _Planificateur:
    def __init__(self, auteur: Utilisateur, centre: Centre, lignes: Sequence[tuple[int, Mapping[str, str]]]) -> None:
        self.centre = centre
        self.nommables = frozenset(roles_nommables(auteur)) - {Role.ADMINISTRATEUR}
        adresses = {ligne.get("email", "").strip().lower() for _, ligne in lignes} - {""}
        comptes = Utilisateur.objects.annotate(adresse=Lower("email")).filter(adresse__in=adresses)
        self.par_email = {un.email.lower(): un for un in comptes.select_related("apprenant").order_by("-pk")}
        self.affectations: dict[int, list[Affectation]] = defaultdict(list)
        self.du_centre: dict[int, Utilisateur] = {}
        for une in Affectation.objects.filter(centre=centre).select_related("utilisateur").order_by("debut", "pk"):
            self.affectations[une.utilisateur_id].append(une)
            self.du_centre[une.utilisateur_id] = une.utilisateur
        self.vues: dict[tuple[str, Role], LignePersonnel] = {}
        self.noms: dict[str, LignePersonnel] = {}

    def ligne(self, numero: int, cases: Mapping[str, str]) -> LignePlan:
        libelle = f"{cases.get('nom', '')} {cases.get('prenom', '')}".strip() or "sans nom"
        try:
            return self._verdict(self._lire(numero, cases))
        except CaseRefusee as refus:
            return erreur(numero, libelle, refus.champ, str(refus))

    def _lire(self, numero: int, cases: Mapping[str, str]) -> LignePersonnel:
        role = valeurs.role(cases.get("role", ""))
        if role not in self.nommables:
            raise CaseRefusee("Rôle", f"Vous ne pouvez pas donner le rôle « {role.label} » : laissez la ligne de côté.")
        debut = valeurs.jour("Début", cases.get("debut", ""))
        fin = valeurs.jour("Fin", cases.get("fin", ""))
        if fin and fin < (debut or fin):
            raise CaseRefusee("Fin", "Avant le début : corrigez l'une des deux dates.")
        return LignePersonnel(
            numero=numero,
            nom=valeurs.texte("Nom", cases.get("nom", ""), 150),
            prenom=valeurs.texte("Prénom", cases.get("prenom", ""), 150),
            email=valeurs.email(cases.get("email", ""), obligatoire=True),
            role=role,
            debut=debut,
            fin=fin,
        )

    def _verdict(self, lue: LignePersonnel) -> LignePlan:
        premiere = self.vues.setdefault((lue.email, lue.role), lue)
        if premiere is not lue:
            if (premiere.debut, premiere.fin) == (lue.debut, lue.fin):
                return LignePlan(lue.numero, lue.libelle, Verdict.INCHANGE, (f"Répète la ligne {premiere.numero}.",))
            raise CaseRefusee("Rôle", f"Déjà donné à la ligne {premiere.numero}, à d'autres dates : gardez une ligne.")
        homonyme = self.noms.setdefault(lue.email, lue)
        if not _se_ressemblent(homonyme.nom, homonyme.prenom, lue):
            raise CaseRefusee(
                "Adresse électronique", f"C'est aussi celle de la ligne {homonyme.numero}, d'un autre nom."
            )
        if compte := self.par_email.get(lue.email):
            return self._titulaire(lue, compte)
        candidats = self._ressemblants(lue)
        action = ActionPersonnel(lue.numero, lue, None)
        details = (_phrase(lue), "compte à ouvrir")
        if not candidats:
            return LignePlan(lue.numero, lue.libelle, Verdict.NOUVEAU, details, action=action)
        autre = Candidat(AUTRE, "Une autre personne", details, action)
        raison = "Quelqu'un du centre porte presque le même nom, avec une autre adresse."
        return LignePlan(
            lue.numero, lue.libelle, Verdict.DOUBLON, (raison,), candidats=(*candidats, autre), action=action
        )

    def _titulaire(self, lue: LignePersonnel, compte: Utilisateur) -> LignePlan:
        """Le compte garde son nom et son adresse : une personne, un compte."""
        if hasattr(compte, "apprenant") or not _se_ressemblent(compte.last_name, compte.first_name, lue):
            raise CaseRefusee("Adresse électronique", "Cette adresse est celle d'un autre compte : vérifiez-la.")
        action, changements = self._reprise(lue, compte)
        verdict = Verdict.CHANGE if changements else Verdict.INCHANGE
        return LignePlan(lue.numero, lue.libelle, verdict, tuple(changements), action=action, cible=compte.pk)

    def _ressemblants(self, lue: LignePersonnel) -> list[Candidat]:
        trouves = []
        for cle in sorted(self.du_centre):
            compte = self.du_centre[cle]
            if _se_ressemblent(compte.last_name, compte.first_name, lue):
                action, changements = self._reprise(lue, compte)
                libelle = f"Même personne que {compte} ({compte.email or 'sans adresse'}), qui garde son adresse"
                details = tuple(changements) or ("rien ne change",)
                trouves.append(Candidat(f"meme-{cle}", libelle, details, action))
        return trouves

    def _reprise(self, lue: LignePersonnel, compte: Utilisateur) -> tuple[ActionPersonnel, list[str]]:
        memes = [une for une in self.affectations[compte.pk] if une.role == lue.role]
        exacte = next((une for une in memes if lue.debut and une.debut == lue.debut), None)
        jour = timezone.localdate()
        courante = exacte or next((une for une in reversed(memes) if une.fin is None or une.fin >= jour), None)
        if courante is None:
            return ActionPersonnel(lue.numero, lue, compte), [_phrase(lue)]
        if lue.fin and lue.fin != courante.fin:
            if lue.fin < courante.debut:
                raise CaseRefusee("Fin", f"Ce rôle a commencé le {courante.debut:%d/%m/%Y} : corrigez la date.")
            return ActionPersonnel(lue.numero, lue, compte, courante), [f"dernier jour : {lue.fin:%d/%m/%Y}"]
        return ActionPersonnel(lue.numero, lue, compte, courante), []


def ecrire_personnels(auteur: Utilisateur, centre: Centre, actions: Sequence[ActionPersonnel]) -> None:
    for action in actions:
        with a_la_ligne(action.numero):
            _ecrire(auteur, centre, action)


def _ecrire(auteur: Utilisateur, centre: Centre, action: ActionPersonnel) -> None:
    lue = action.lue
    debut = lue.debut or min(timezone.localdate(), lue.fin or timezone.localdate())
    if action.affectation is not None:
        # Sans date de fin dans le fichier, le rôle court comme avant.
        if lue.fin:
            terminer_affectation(auteur=auteur, affectation=action.affectation, fin=lue.fin)
    elif action.personne is not None:
        affecter(auteur=auteur, utilisateur=action.personne, role=lue.role, centre=centre, debut=debut, fin=lue.fin)
    else:
        accueillir_personne(
            auteur=auteur,
            prenom=lue.prenom,
            nom=lue.nom,
            email=lue.email,
            role=lue.role,
            centre=centre,
            debut=debut,
            fin=lue.fin,
        )


def _se_ressemblent(nom: str, prenom: str, lue: LignePersonnel) -> bool:
    return bool(cles(nom, prenom) & cles(lue.nom, lue.prenom))


def _phrase(lue: LignePersonnel) -> str:
    debut = f"à partir du {lue.debut:%d/%m/%Y}" if lue.debut else "à partir d'aujourd'hui"
    return f"{lue.role.label}, {debut}" + (f", jusqu'au {lue.fin:%d/%m/%Y}" if lue.fin else "")
