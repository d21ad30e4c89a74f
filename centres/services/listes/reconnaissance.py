"""Cette ligne, est-ce quelqu'un que le centre connaît ? L'INE d'abord, le nom ensuite ; le doute reste à trancher."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from centres.enums import StatutApprenant
from centres.imports.identites import cles, ecriture_de, memes_mots, nette
from centres.imports.valeurs import CaseRefusee
from centres.models import Apprenant, Centre, Inscription


@dataclass(frozen=True)
class LigneLue:
    numero: int
    nom: str
    prenom: str
    ine: str
    mef: str
    division: str
    option: str
    statut: StatutApprenant | None
    entree: date | None
    email: str

    @property
    def libelle(self) -> str:
        return f"{self.nom} {self.prenom}"

    @property
    def contenu(self) -> tuple[object, ...]:
        return (
            self.nom, self.prenom, self.ine, self.mef, self.division, self.option, self.statut, self.entree, self.email
        )  # fmt: skip


@dataclass(frozen=True)
class Reponse:
    """Une fiche certaine, une ligne déjà lue, des ressemblances à trancher ; ou rien : c'est quelqu'un de nouveau."""

    apprenant: Apprenant | None = None
    repete: int | None = None
    candidats: tuple[Apprenant, ...] = ()
    lignes: tuple[int, ...] = ()
    raison: str = ""


class Connus:
    """Les apprenants du centre et leurs inscriptions ; des autres centres, on ne sait que les INE déjà pris."""

    def __init__(self, centre: Centre, ines: Iterable[str]) -> None:
        self.centre = centre
        du_centre = Inscription.objects.filter(classe__centre=centre)
        apprenants = list(Apprenant.objects.filter(pk__in=du_centre.values("apprenant")).order_by("pk"))
        self.inscriptions: dict[int, list[Inscription]] = defaultdict(list)
        suivies = Inscription.objects.filter(apprenant__in=du_centre.values("apprenant")).order_by("debut", "pk")
        for inscription in suivies.select_related("classe", "option"):
            self.inscriptions[inscription.apprenant_id].append(inscription)
        self.par_ine = {un.ine: un for un in apprenants if un.ine}
        self.par_nom: dict[tuple[str, str], list[Apprenant]] = defaultdict(list)
        self.par_ecriture: dict[str, list[Apprenant]] = defaultdict(list)
        self.par_cle: dict[tuple[str, str], list[Apprenant]] = defaultdict(list)
        for un in apprenants:
            self.par_nom[_nom(un.nom, un.prenom)].append(un)
            for ecriture in un.ecritures:
                self.par_ecriture[ecriture].append(un)
            for cle in cles(un.nom, un.prenom):
                self.par_cle[cle].append(un)
        pris = Apprenant.objects.filter(ine__in=set(ines)).values_list("ine", flat=True)
        self.ines_ailleurs = set(pris) - set(self.par_ine)

    def inscriptions_ici(self, apprenant: Apprenant) -> list[Inscription]:
        return [une for une in self.inscriptions[apprenant.pk] if une.classe.centre_id == self.centre.pk]


class Reconnaissance:
    """Garde les lignes déjà lues : un même fichier nomme parfois deux fois la même personne."""

    def __init__(self, connus: Connus) -> None:
        self.connus = connus
        self._par_cle: dict[tuple[str, str], list[LigneLue]] = defaultdict(list)
        self._par_ine: dict[str, LigneLue] = {}
        self._prises: dict[int, int] = {}

    def reconnaitre(self, lue: LigneLue) -> Reponse:
        proches = self._lignes_proches(lue)
        identique = next((une for une in proches if une.contenu == lue.contenu), None)
        if identique:
            return Reponse(repete=identique.numero)
        if lue.ine and lue.ine in self._par_ine:
            premiere = self._par_ine[lue.ine].numero
            raise CaseRefusee(
                "INE", f"Déjà à la ligne {premiere} : gardez une seule ligne, ou corrigez l'un des deux INE."
            )
        self._retenir(lue)
        apprenant = self._certain(lue)
        if apprenant is not None:
            self._prendre(apprenant, lue)
            return Reponse(apprenant=apprenant)
        candidats = self._ressemblants(lue)
        lignes = tuple(une.numero for une in proches if _ine_compatibles(une.ine, lue.ine))
        raison = _raison(lue, candidats, lignes) if candidats or lignes else ""
        return Reponse(candidats=tuple(candidats), lignes=lignes, raison=raison)

    def _certain(self, lue: LigneLue) -> Apprenant | None:
        if lue.ine in self.connus.ines_ailleurs:
            raise CaseRefusee(
                "INE",
                "Ce numéro ne peut pas être utilisé dans ce centre : vérifiez-le. S'il est exact, demandez à "
                "l'administrateur de rattacher l'apprenant à votre centre.",
            )
        if connu := self.connus.par_ine.get(lue.ine):
            if not cles(connu.nom, connu.prenom) & cles(lue.nom, lue.prenom):
                raise CaseRefusee("INE", f"Ce numéro est celui de {connu} : corrigez l'INE, ou le nom.")
            return connu
        nommes = self.connus.par_nom[_nom(lue.nom, lue.prenom)]
        reconnus = self.connus.par_ecriture[ecriture_de(lue.nom, lue.prenom)]
        exacts = [un for un in {un.pk: un for un in (*nommes, *reconnus)}.values() if un.pk not in self._prises]
        compatibles = [un for un in exacts if _ine_compatibles(un.ine, lue.ine)]
        # Un homonyme d'un autre INE rend le nom seul incertain.
        return compatibles[0] if len(compatibles) == 1 and len(exacts) == 1 else None

    def _ressemblants(self, lue: LigneLue) -> list[Apprenant]:
        """Mêmes mots du nom ; un INE différent n'écarte que ceux dont le nom n'est pas exactement le même."""
        trouves = {un.pk: un for cle in cles(lue.nom, lue.prenom) for un in self.connus.par_cle[cle]}
        return [
            un
            for un in sorted(trouves.values(), key=lambda un: un.pk)
            if un.pk not in self._prises and (_ine_compatibles(un.ine, lue.ine) or _memes_noms(un, lue))
        ]

    def _prendre(self, apprenant: Apprenant, lue: LigneLue) -> None:
        if premiere := self._prises.get(apprenant.pk):
            raise CaseRefusee(
                "Nom", f"Même fiche que la ligne {premiere} : gardez une seule ligne, ou donnez leur INE."
            )
        self._prises[apprenant.pk] = lue.numero

    def _lignes_proches(self, lue: LigneLue) -> list[LigneLue]:
        proches = {une.numero: une for cle in cles(lue.nom, lue.prenom) for une in self._par_cle[cle]}
        return [proches[numero] for numero in sorted(proches)]

    def _retenir(self, lue: LigneLue) -> None:
        for cle in cles(lue.nom, lue.prenom):
            self._par_cle[cle].append(lue)
        if lue.ine:
            self._par_ine[lue.ine] = lue


def _raison(lue: LigneLue, candidats: list[Apprenant], lignes: tuple[int, ...]) -> str:
    if any(_memes_noms(un, lue) for un in candidats):
        return "Même nom et même prénom qu'une fiche du centre, sans INE qui les distingue ou les réunisse."
    if candidats:
        return "Un nom très proche existe déjà : accents, particule, nom double ou nom et prénom inversés."
    return f"Un nom très proche figure déjà dans ce fichier, ligne {lignes[0]}."


def _nom(nom: str, prenom: str) -> tuple[str, str]:
    return nette(nom).casefold(), nette(prenom).casefold()


def _memes_noms(apprenant: Apprenant, lue: LigneLue) -> bool:
    return memes_mots(apprenant.nom, lue.nom) and memes_mots(apprenant.prenom, lue.prenom)


def _ine_compatibles(un: str, autre: str) -> bool:
    return not un or not autre or un == autre
