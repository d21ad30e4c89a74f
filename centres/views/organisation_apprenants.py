"""Administration des apprenants : liste, fiche, inscriptions datées, actes en groupe."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from centres.enums import StatutApprenant
from centres.forms.base import FicheForm, FiltreApprenantsForm
from centres.forms.organisation import (
    RAPPEL_IDENTITE,
    AccueilApprenantForm,
    ApprenantForm,
    DepartForm,
    DeplacementForm,
    FinForm,
    InscriptionForm,
)
from centres.models import Inscription
from centres.permissions import (
    apprenant_organise_ou_404,
    centres_organises,
    inscription_organisee_ou_404,
    organisation_ou_404,
    peut_lire_le_journal_de_l_apprenant,
)
from centres.queries.organisation import (
    apprenants_filtres,
    choix_annees,
    classes_organisees,
    inscriptions_en_cours,
    inscriptions_visibles,
    lignes_apprenants,
    options_suivies,
)
from centres.services.apprenants import (
    CHAMPS_APPRENANT,
    accueillir_apprenant,
    empreinte_inscriptions,
    inscriptions_de,
    inscrire_apprenant,
    modifier_apprenant,
    retirer_inscription,
    terminer_inscription,
    terminer_inscriptions,
)
from centres.services.fiches import empreinte
from centres.services.rentree import deplacer_apprenants
from centres.views.organisation import (
    APPRENANTS,
    ECRITURE,
    Requete,
    donnees_de,
    filtres_gardes,
    page_confirmation,
    page_formulaire,
    paginer,
    tenter,
    tenter_sans_saisie,
)

OPTION_EN_TERMINALE = (
    "Option changée en dernière année : la note se calculera avec la grille de la nouvelle option. "
    "Vérifiez la répartition des épreuves et les niveaux déjà donnés."
)


@require_safe
def apprenants(request: Requete) -> HttpResponse:
    organisation_ou_404(request.user)
    classes = list(classes_organisees(request.user))
    codes = sorted({option.code for option in options_suivies(classes)})
    choix: dict[str, list[tuple[Any, str]]] = {
        "classe": [(classe.pk, str(classe)) for classe in classes],
        "option": [(code, code) for code in codes],
        "statut": [(statut.value, str(statut.label).capitalize()) for statut in StatutApprenant],
        "annee": [(annee, libelle) for annee, libelle in choix_annees(classes)],
    }
    formulaire = FiltreApprenantsForm(request.GET, choix=choix)
    page = paginer(request, apprenants_filtres(request.user, formulaire.filtre()))
    contexte = {
        "formulaire": formulaire,
        "page": page,
        "lignes": lignes_apprenants(request.user, page.object_list),
        "filtres": filtres_gardes(request),
        "a_des_classes": bool(classes),
    }
    return render(request, "centres/organisation_apprenants.html", contexte)


@require_safe
def apprenant(request: Requete, pk: int) -> HttpResponse:
    fiche = apprenant_organise_ou_404(request.user, pk)
    contexte = {
        "apprenant": fiche,
        "inscriptions": list(inscriptions_visibles(request.user, [fiche]))[::-1],
        "peut_lire_le_journal": peut_lire_le_journal_de_l_apprenant(request.user, fiche),
    }
    return render(request, "centres/organisation_apprenant.html", contexte)


@require_http_methods(ECRITURE)
def apprenant_creer(request: Requete) -> HttpResponse:
    organisation_ou_404(request.user)
    formulaire = AccueilApprenantForm(
        donnees_de(request), initial={"debut": timezone.localdate()}, **_choix_inscription(request, parallele=False)
    )
    acte = tenter(formulaire, lambda: accueillir_apprenant(auteur=request.user, **formulaire.saisie()))
    if acte:
        messages.success(request, f"{acte.apprenant} est inscrit en {acte.classe}.")
        return redirect("centres:organisation_apprenant", acte.apprenant_id)
    return page_formulaire(
        request,
        formulaire,
        titre="Nouvel apprenant",
        envoyer="Créer et inscrire",
        rubrique=APPRENANTS,
        rappel=RAPPEL_IDENTITE,
    )


@require_http_methods(ECRITURE)
def apprenant_modifier(request: Requete, pk: int) -> HttpResponse:
    fiche = apprenant_organise_ou_404(request.user, pk)
    initial = {champ: getattr(fiche, champ) for champ in CHAMPS_APPRENANT}
    formulaire = ApprenantForm(
        donnees_de(request), initial={**initial, "empreinte": empreinte(fiche, CHAMPS_APPRENANT)}
    )
    lue = request.POST.get("empreinte", "")
    faite = tenter(
        formulaire,
        lambda: modifier_apprenant(auteur=request.user, apprenant=fiche, **formulaire.saisie(), attendue=lue),
    )
    retour = reverse("centres:organisation_apprenant", args=[pk])
    if faite:
        messages.success(request, f"Fiche de {faite} enregistrée.")
        return redirect(retour)
    return page_formulaire(
        request,
        formulaire,
        titre=f"Modifier {fiche}",
        envoyer="Enregistrer",
        rubrique=APPRENANTS,
        retour=retour,
        rappel=RAPPEL_IDENTITE,
    )


@require_http_methods(ECRITURE)
def apprenant_inscrire(request: Requete, pk: int) -> HttpResponse:
    """Changer de classe, d'option ou de statut, redoubler, ou suivre un second centre."""
    fiche = apprenant_organise_ou_404(request.user, pk)
    derniere = list(inscriptions_visibles(request.user, [fiche]))[-1]
    formulaire = InscriptionForm(
        donnees_de(request), initial=_suite_de(derniere), **_choix_inscription(request, parallele=True)
    )
    lue = request.POST.get("empreinte", "")
    acte = tenter(
        formulaire,
        lambda: inscrire_apprenant(auteur=request.user, apprenant=fiche, **formulaire.saisie(), attendue=lue),
    )
    retour = reverse("centres:organisation_apprenant", args=[pk])
    if acte:
        messages.success(request, f"{fiche} est inscrit en {acte.classe} à partir du {acte.debut:%d/%m/%Y}.")
        _avertir_de_l_option(request, derniere, acte)
        return redirect(retour)
    titre = f"Changement pour {fiche}"
    return page_formulaire(
        request, formulaire, titre=titre, envoyer="Enregistrer le changement", rubrique=APPRENANTS, retour=retour
    )


@require_http_methods(ECRITURE)
def inscription_terminer(request: Requete, pk: int) -> HttpResponse:
    inscription = inscription_organisee_ou_404(request.user, pk)
    initial = {"fin": inscription.fin or timezone.localdate(), "empreinte": empreinte(inscription, ("fin",))}
    formulaire = FinForm(donnees_de(request), initial=initial)
    lue = request.POST.get("empreinte", "")
    acte = tenter(
        formulaire,
        lambda: terminer_inscription(auteur=request.user, inscription=inscription, **formulaire.saisie(), attendue=lue),
    )
    retour = reverse("centres:organisation_apprenant", args=[inscription.apprenant_id])
    if acte:
        quand = f"finit le {acte.fin:%d/%m/%Y}" if acte.fin else "court de nouveau"
        messages.success(request, f"{inscription.apprenant} : l'inscription en {inscription.classe} {quand}.")
        return redirect(retour)
    titre = f"Fin de l'inscription de {inscription.apprenant} en {inscription.classe}"
    return page_formulaire(
        request, formulaire, titre=titre, envoyer="Enregistrer la date", rubrique=APPRENANTS, retour=retour
    )


@require_http_methods(ECRITURE)
def inscription_retirer(request: Requete, pk: int) -> HttpResponse:
    inscription = inscription_organisee_ou_404(request.user, pk)
    retour = reverse("centres:organisation_apprenant", args=[inscription.apprenant_id])
    refus = None
    if request.method == "POST":
        refus = tenter_sans_saisie(lambda: retirer_inscription(auteur=request.user, inscription=inscription))
        if refus is None:
            messages.success(request, f"{inscription.apprenant} : inscription en {inscription.classe} retirée.")
            return redirect(retour)
    return page_confirmation(
        request,
        titre=f"Retirer une inscription de {inscription.apprenant}",
        question="Pour une inscription saisie par erreur. Un départ se note par une date de fin.",
        concernes=[f"{inscription.classe}, à partir du {inscription.debut:%d/%m/%Y}"],
        envoyer="Retirer l'inscription",
        rubrique=APPRENANTS,
        retour=retour,
        refus=refus,
    )


@require_http_methods(ECRITURE)
def apprenants_depart(request: Requete) -> HttpResponse:
    """Fin de plusieurs inscriptions le même jour."""
    choisies = _choisies(request)
    formulaire = DepartForm(donnees_de(request), initial=_initial_groupe(choisies, "fin"))
    lue = request.POST.get("empreinte", "")
    acte = tenter(
        formulaire,
        lambda: terminer_inscriptions(auteur=request.user, inscriptions=choisies, **formulaire.saisie(), attendue=lue),
    )
    if acte:
        messages.success(request, f"{acte} inscription{'s' if acte > 1 else ''} terminée{'s' if acte > 1 else ''}.")
        return redirect("centres:organisation_apprenants")
    return _page_groupe(request, formulaire, choisies, "Terminer des inscriptions", "Terminer ces inscriptions")


@require_http_methods(ECRITURE)
def apprenants_deplacement(request: Requete) -> HttpResponse:
    """Plusieurs apprenants changent de classe ensemble."""
    choisies = _choisies(request)
    formulaire = DeplacementForm(
        donnees_de(request),
        classes=classes_organisees(request.user),
        initial=_initial_groupe(choisies, "debut"),
    )
    lue = request.POST.get("empreinte", "")
    acte = tenter(
        formulaire,
        lambda: deplacer_apprenants(auteur=request.user, inscriptions=choisies, **formulaire.saisie(), attendue=lue),
    )
    if acte:
        messages.success(request, f"{acte} : {len(choisies)} apprenant{'s' if len(choisies) > 1 else ''} de plus.")
        return redirect("centres:organisation_apprenants")
    return _page_groupe(request, formulaire, choisies, "Changer de classe", "Changer ces apprenants de classe")


def _choix_inscription(request: Requete, *, parallele: bool) -> dict[str, Any]:
    classes = classes_organisees(request.user)
    centres = centres_organises(request.user).count() if parallele else 1
    return {"classes": classes, "options_suivies": options_suivies(classes), "plusieurs_centres": centres > 1}


def _suite_de(derniere: Inscription) -> dict[str, Any]:
    """Ce que la page propose : la même inscription, à partir d'aujourd'hui ramené dans l'année de la classe."""
    premier, dernier = derniere.classe.bornes
    return {
        "classe": derniere.classe_id,
        "option": derniere.option_id,
        "statut": derniere.statut,
        "debut": min(max(timezone.localdate(), premier), dernier),
        "empreinte": empreinte_inscriptions(inscriptions_de(derniere.apprenant)),
    }


def _avertir_de_l_option(request: Requete, avant: Inscription, apres: Inscription) -> None:
    if apres.classe.est_derniere_annee and avant.option_id not in {None, apres.option_id}:
        messages.warning(request, OPTION_EN_TERMINALE)


def _choisies(request: Requete) -> list[Inscription]:
    """Les inscriptions en cours des apprenants cochés ; ceux d'un autre centre ne comptent pas."""
    organisation_ou_404(request.user)
    donnees = request.POST if request.method == "POST" else request.GET
    cles = {int(cle) for cle in donnees.getlist("apprenant") if cle.isdecimal() and len(cle) < 10}
    return inscriptions_en_cours(request.user, cles, timezone.localdate())


def _initial_groupe(choisies: Sequence[Inscription], champ: str) -> dict[str, Any]:
    return {champ: timezone.localdate(), "empreinte": empreinte_inscriptions(choisies)}


def _page_groupe(
    request: Requete, formulaire: FicheForm, choisies: Sequence[Inscription], titre: str, envoyer: str
) -> HttpResponse:
    if not choisies:
        messages.warning(request, "Cochez dans la liste des apprenants dont l'inscription est en cours.")
        return redirect("centres:organisation_apprenants")
    return page_formulaire(
        request,
        formulaire,
        titre=titre,
        envoyer=envoyer,
        rubrique=APPRENANTS,
        concernes=[f"{une.apprenant} – {une.classe}, depuis le {une.debut:%d/%m/%Y}" for une in choisies],
        caches=[("apprenant", cle) for cle in sorted({une.apprenant_id for une in choisies})],
    )
