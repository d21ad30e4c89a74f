"""Préparer la rentrée d'une classe : choisir qui entre où, relire, confirmer."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from centres.forms.organisation import RentreeForm
from centres.models import Classe, Inscription
from centres.permissions import classe_organisee_ou_404
from centres.queries.organisation import classes_suivantes, inscrits_presents
from centres.services.apprenants import empreinte_inscriptions
from centres.services.rentree import Destination, Passage, destination, preparer_rentree
from centres.views.organisation import CLASSES, ECRITURE, Requete, donnees_de
from referentiel.models import Option

NOM_OPTION, NOM_CHOIX = "option-", "inscription"


@dataclass(frozen=True)
class LigneRentree:
    """Un apprenant de la classe, coché ou non, et l'option qu'il suivra."""

    inscription: Inscription
    est_choisi: bool
    option: Option | None
    champ: str


@require_http_methods(ECRITURE)
def classe_rentree(request: Requete, pk: int) -> HttpResponse:
    classe = classe_organisee_ou_404(request.user, pk)
    options = list(classe.version.options.order_by("ordre"))
    formulaire = RentreeForm(
        donnees_de(request),
        classe=classe,
        suivantes=classes_suivantes(classe),
        initial={
            "sens": RentreeForm.REDOUBLEMENT if classe.est_derniere_annee else RentreeForm.PASSAGE,
            "debut": f"{classe.annee_scolaire + 1}-09-01",
        },
    )
    lignes = _lignes(inscrits_presents(classe), options, request.POST if request.method == "POST" else None)
    if request.method == "POST" and formulaire.is_valid():
        passages = [Passage(ligne.inscription, ligne.option) for ligne in lignes if ligne.est_choisi]
        try:
            return _confirmer_ou_faire(request, classe, formulaire, passages)
        except ValidationError as refus:
            formulaire.reporter(refus)
    contexte = {"classe": classe, "formulaire": formulaire, "lignes": lignes, "options": options}
    statut = 422 if formulaire.is_bound and not formulaire.is_valid() else 200
    return render(request, "centres/organisation_rentree.html", contexte, status=statut)


def _confirmer_ou_faire(
    request: Requete, classe: Classe, formulaire: RentreeForm, passages: Sequence[Passage]
) -> HttpResponse:
    saisie = formulaire.saisie()
    vers = destination(classe, redoublement=formulaire.redoublement, nom=saisie["nom"], existante=saisie["existante"])
    if not passages:
        raise ValidationError("Cocher au moins un apprenant.")
    lue = request.POST.get("empreinte", "")
    if "confirmer" not in request.POST:
        return _relire(request, classe, vers, passages)
    cible = preparer_rentree(
        auteur=request.user, classe=classe, vers=vers, passages=passages, debut=saisie["debut"], attendue=lue
    )
    nombre = len(passages)
    messages.success(request, f"{cible} : {nombre} apprenant{'s' if nombre > 1 else ''} à la rentrée.")
    return redirect("centres:organisation_classes")


def _relire(request: Requete, classe: Classe, vers: Destination, passages: Sequence[Passage]) -> HttpResponse:
    """Ce qui va changer, nom par nom ; la saisie suit en champs cachés."""
    caches = [(nom, valeur) for nom in request.POST for valeur in request.POST.getlist(nom)]
    rapportes = [(nom, valeur) for nom, valeur in caches if nom not in {"csrfmiddlewaretoken", "empreinte"}]
    rapportes.append(("empreinte", empreinte_inscriptions([passage.inscription for passage in passages])))
    contexte = {
        "classe": classe,
        "vers": vers,
        "passages": passages,
        "debut": request.POST["debut"],
        "caches": rapportes,
        "retour": reverse("centres:organisation_classe_rentree", args=[classe.pk]),
        "rubrique": (CLASSES[0], reverse(CLASSES[1])),
    }
    return render(request, "centres/organisation_rentree_relire.html", contexte)


def _lignes(
    inscriptions: Sequence[Inscription], options: Sequence[Option], donnees: QueryDict | None
) -> list[LigneRentree]:
    """À l'ouverture, ceux qui n'ont pas de suite sont cochés, sauf en terminale ; ensuite, la saisie fait foi."""
    par_pk = {str(option.pk): option for option in options}
    lignes = []
    for inscription in inscriptions:
        champ = f"{NOM_OPTION}{inscription.pk}"
        if donnees is None:
            # En terminale, seuls des redoublants restent : on les désigne un par un.
            suite = inscription.a_une_suite or inscription.classe.est_derniere_annee  # type: ignore[attr-defined]
            choisi, option = not suite, inscription.option
        else:
            choisi = str(inscription.pk) in donnees.getlist(NOM_CHOIX)
            option = par_pk.get(donnees.get(champ, ""))
        lignes.append(LigneRentree(inscription, choisi, option, champ))
    return lignes
