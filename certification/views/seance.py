"""Un candidat × épreuve à l'écran de la commission : lire, écrire un geste, suivre ce que les autres écrivent."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from centres.services.consultations import noter_consultation
from certification.forms.seance import GESTES, Cible, GesteForm
from certification.models import Candidat, Commission
from certification.permissions import candidat_en_seance_ou_404, peut_sieger
from certification.phrases import decimal_francais
from certification.queries.candidats import SyntheseCandidat, SyntheseClasse, synthese_de_la_classe
from certification.queries.pages import voisins_de
from certification.queries.seance import (
    annonces_depuis,
    donnees_de_la_page,
    ensemble_de,
    evolution_de,
    repere_de,
)
from certification.services.propositions import ConflitDeVersion
from certification.views.reponses import Requete
from evaluations.queries.bilans import bilan_individuel_de
from evaluations.queries.parcours import jalons_de
from referentiel.queries import niveaux_de_maitrise

RIEN_DE_NEUF = 204


@dataclass
class _Ecran:
    """Ce que la page montre : la commission, le candidat et ses voisins, l'épreuve."""

    requete: Requete
    commission: Commission
    candidat: Candidat
    candidats: list[Candidat]
    code: str

    @cached_property
    def classe_lue(self) -> SyntheseClasse:
        """Le calcul de toute la classe, fait seulement si quelque chose le montre : l'avancement en dépend."""
        return synthese_de_la_classe(self.commission.classe, self.requete.user)

    @cached_property
    def lu(self) -> SyntheseCandidat:
        return next(lu for lu in self.classe_lue.candidats if lu.candidat == self.candidat)

    @property
    def peut_ecrire(self) -> bool:
        return self.commission.est_ouverte and peut_sieger(self.requete.user, self.commission)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def seance(request: Requete, pk: int, inscription: int, epreuve_code: str) -> HttpResponse:
    ecran = _ecran(request, pk, inscription, epreuve_code)
    if request.method == "POST":
        return _ecrire(ecran)
    noter_consultation(utilisateur=request.user, objet=ecran.candidat, page=f"commission, {epreuve_code}")
    return _page(ecran, {})


@never_cache
@require_safe
def seance_suivi(request: Requete, pk: int, inscription: int, epreuve_code: str) -> HttpResponse:
    """Redemandé par la page ouverte : rien si personne n'a écrit depuis, sinon ce qui se lit et qui l'a écrit."""
    commission, candidat, candidats = candidat_en_seance_ou_404(request.user, pk, inscription)
    vu = request.GET.get("vu", "")
    if vu == repere_de(commission):
        return HttpResponse(status=RIEN_DE_NEUF)
    ecran = _ecran_de(request, commission, candidat, candidats, epreuve_code)
    contexte = {**_lecture(ecran), "annonces": annonces_depuis(commission, vu, request.user, candidat)}
    return render(request, "certification/_seance_reponse.html", contexte)


def _ecrire(ecran: _Ecran) -> HttpResponse:
    """Un geste, enregistré ou refusé ; la saisie refusée reste à l'écran."""
    requete = ecran.requete
    if not peut_sieger(requete.user, ecran.commission):
        raise Http404("Page introuvable.")
    nom = requete.POST.get("geste", "")
    if nom not in GESTES:
        return _page(ecran, {}, statut=422)
    formulaire = GESTES[nom](requete.POST, prefix=nom, cible=_cible(ecran))
    statut = _appliquer(formulaire, ecran)
    if statut == 200 and not requete.htmx:
        return redirect(requete.path)
    # Ce qui s'affiche est relu après l'écriture.
    frais = _ecran(requete, ecran.commission.pk, ecran.candidat.pk, ecran.code)
    if requete.htmx:
        contexte = {**_lecture(frais), "annonces": [], "geste": nom, "formulaire": formulaire}
        return render(requete, "certification/_seance_reponse.html", contexte, status=statut)
    return _page(frais, {nom: formulaire}, statut=statut)


def _appliquer(formulaire: GesteForm, ecran: _Ecran) -> int:
    if not formulaire.is_valid():
        return 422
    try:
        formulaire.appliquer()
    except ConflitDeVersion as conflit:
        formulaire.add_error(None, _dire(conflit))
        # L'enregistrer de nouveau, c'est avoir lu l'autre.
        version = str(conflit.actuel.version if conflit.actuel else 0)
        formulaire.data = {**dict(formulaire.data.items()), formulaire.add_prefix("version"): version}
        return 409
    except ValidationError as refus:
        formulaire.reporter(refus)
        return 422
    except PermissionDenied as refus:
        raise Http404("Page introuvable.") from refus
    return 200


def _dire(conflit: ConflitDeVersion) -> str:
    actuel = conflit.actuel
    if actuel is None:
        return "Un autre membre a écrit au même instant. Votre saisie est gardée : enregistrez de nouveau."
    note = getattr(actuel, "note_proposee", None)
    niveau = getattr(actuel, "niveau", None)
    valeur = f" (note proposée : {decimal_francais(note)})" if note is not None else ""
    valeur = f" (niveau {niveau})" if niveau is not None else valeur
    return (
        f"{actuel.auteur} a écrit entre-temps{valeur}. Votre saisie est gardée : "
        "relisez, puis enregistrez de nouveau pour la remplacer."
    )


def _ecran(requete: Requete, pk: int, inscription: int, code: str) -> _Ecran:
    return _ecran_de(requete, *candidat_en_seance_ou_404(requete.user, pk, inscription), code)


def _ecran_de(
    requete: Requete, commission: Commission, candidat: Candidat, candidats: list[Candidat], code: str
) -> _Ecran:
    if not commission.classe.version.epreuves.filter(code=code, bloc__isnull=False).exists():
        raise Http404("Épreuve introuvable.")
    return _Ecran(requete, commission, candidat, candidats, code)


def _cible(ecran: _Ecran) -> Cible:
    version = ecran.commission.classe.version
    competences = version.competences.filter(bloc__epreuve__code=ecran.code).order_by("ordre")
    par_code = {une.code: une for une in competences.select_related("bloc__epreuve")}
    epreuve = next(iter(par_code.values())).bloc.epreuve
    return Cible(ecran.requete.user, ecran.commission, ecran.candidat, epreuve, par_code)


def _lecture(ecran: _Ecran) -> dict[str, Any]:
    """Les parties qui se lisent et se rafraîchissent sans toucher aux formulaires."""
    lu, code = ecran.lu, ecran.code
    synthese, proposition = lu.syntheses[code], lu.propositions.get(code)
    positions = {cle: une for cle, une in lu.positions.items() if cle in lu.epreuves[code].competences}
    return {
        "commission": ecran.commission,
        "classe": ecran.commission.classe,
        "candidat": ecran.candidat,
        "lu": lu,
        "vue": lu.epreuves[code],
        "synthese": synthese,
        "proposition": proposition,
        "positions": positions,
        "donnees": donnees_de_la_page(proposition, positions, synthese),
        "ensemble": ensemble_de(ecran.classe_lue),
        "repere": repere_de(ecran.commission),
        "peut_ecrire": ecran.peut_ecrire,
        "libelles_niveaux": niveaux_de_maitrise(ecran.commission.classe.version_id),
    }


def _page(ecran: _Ecran, lies: dict[str, GesteForm], statut: int = 200) -> HttpResponse:
    contexte = _lecture(ecran)
    codes = list(ecran.lu.epreuves[ecran.code].competences)
    jalons = jalons_de(ecran.requete.user, ecran.candidat.apprenant, ecran.commission.classe.version)
    bonus_max = contexte["synthese"].grille.parametres.bonus_max if contexte["synthese"].grille else 0
    contexte |= {
        "voisins": voisins_de(ecran.candidat, ecran.candidats),
        "evolution": evolution_de(jalons, codes),
        "bilan": bilan_individuel_de(ecran.candidat),
        "gestes": {**_vierges(ecran, contexte["donnees"]), **lies} if contexte["peut_ecrire"] else {},
        "bonus_max": bonus_max,
        "annonces": [],
    }
    return render(ecran.requete, "certification/seance.html", contexte, status=statut)


def _vierges(ecran: _Ecran, donnees: dict[str, Any]) -> dict[str, GesteForm]:
    """Remplis de ce qui est enregistré ; sans JavaScript, `?competence=C4` choisit la compétence à positionner."""
    cible = _cible(ecran)
    visee = ecran.requete.GET.get("competence", "")
    code = visee if visee in cible.competences else next(iter([*donnees["bloquantes"], *cible.competences]))
    version = {"version": donnees["version"]}
    initiaux = {
        "note": {**donnees["note"], **version},
        "synthese": {**donnees["synthese"], **version},
        "etat": version,
        "position": {"competence": code, **donnees["positions"].get(code, {"version": 0})},
    }
    return {nom: geste(prefix=nom, cible=cible, initial=initiaux[nom]) for nom, geste in GESTES.items()}
