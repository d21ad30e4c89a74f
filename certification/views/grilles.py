"""Les grilles de notation : les lire, corriger un brouillon, voir son effet, le publier."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from centres.services.consultations import noter_consultation
from certification.documents.images import poids_de_la_grille
from certification.forms.grilles import GrilleForm, NouvelleVersionForm, poids_formset, poids_saisis
from certification.models import Grille
from certification.permissions import (
    brouillon_ou_404,
    classes_notees,
    grille_a_administrer_ou_404,
    grille_ou_404,
    grilles_a_lire_ou_404,
    peut_administrer_les_grilles,
)
from certification.queries.effet import (
    classes_closes,
    differences,
    effet_sur_la_classe,
    effets_fictifs,
    grille_de_reference,
    grilles_par_epreuve,
    notes_a_reproposer,
    parts_de,
    poids_de,
)
from certification.services.grilles import (
    abandonner_brouillon,
    modifier_grille,
    nouvelle_version_de_grille,
    publier_grille,
)
from certification.views.reponses import Requete
from referentiel.models import SessionExamen


@require_safe
def liste(request: Requete) -> HttpResponse:
    grilles_a_lire_ou_404(request.user)
    grilles = Grille.objects.select_related("version__diplome", "option", "epreuve", "session").order_by(
        "version__diplome__code", "-version__numero", "epreuve__ordre", "option__ordre", "session__annee", "-numero"
    )
    contexte = {
        "versions": grilles_par_epreuve(list(grilles)),
        "peut_administrer_les_grilles": peut_administrer_les_grilles(request.user),
    }
    return render(request, "certification/grilles.html", contexte)


@require_safe
def detail(request: Requete, pk: int) -> HttpResponse:
    grille = grille_ou_404(request.user, pk)
    poids = poids_de(grille)
    reference = grille_de_reference(grille) if grille.publiee_le is None else None
    contexte = {
        "grille": grille,
        "poids": parts_de(poids),
        "total": sum(ligne.poids for ligne in poids),
        "image": poids_de_la_grille(grille, parts_de(poids)),
        "reference": reference,
        "differences": differences(grille, reference) if reference else [],
        "peut_administrer_les_grilles": peut_administrer_les_grilles(request.user),
    }
    return render(request, "certification/grille.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def modifier(request: Requete, pk: int) -> HttpResponse:
    grille = brouillon_ou_404(request.user, pk)
    donnees = request.POST if request.method == "POST" else None
    formulaire, poids = GrilleForm(donnees, instance=grille), poids_formset(donnees, grille)
    # Les deux sont vérifiés : tous les points à corriger se disent en une fois.
    if all([formulaire.is_valid(), poids.is_valid()]) and donnees is not None:
        try:
            modifier_grille(
                utilisateur=request.user,
                grille=grille,
                parametres=formulaire.parametres(),
                poids=poids_saisis(poids),
            )
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, "Brouillon enregistré. Il ne sert à aucune note tant qu'il n'est pas publié.")
            suite = "certification:grille_effet" if "effet" in request.POST else "certification:grille"
            return redirect(suite, pk)
    contexte = {"grille": grille, "formulaire": formulaire, "poids": poids}
    return render(request, "certification/grille_modifier.html", contexte, status=200 if donnees is None else 422)


@require_safe
def effet(request: Requete, pk: int) -> HttpResponse:
    """Ce que la grille changerait ; qui ne voit pas les notes n'a que des dossiers fictifs (décision 011)."""
    grille = grille_ou_404(request.user, pk)
    classes = classes_notees(request.user).filter(version=grille.version_id).exclude(pk__in=classes_closes())
    if grille.session_id:
        classes = classes.filter(session=grille.session_id)
    choisie = None
    if demandee := request.GET.get("classe", ""):
        choisie = classes.filter(pk=demandee).first() if demandee.isdecimal() else None
        if choisie is None:
            raise Http404("Classe introuvable.")
        noter_consultation(utilisateur=request.user, objet=choisie, page=f"effet de la grille {grille}")
    reference = grille_de_reference(grille)
    contexte = {
        "grille": grille,
        "reference": reference,
        "differences": differences(grille, reference) if reference else [],
        "fictifs": effets_fictifs(grille, reference),
        "classes": classes,
        "effet": effet_sur_la_classe(grille, choisie, request.user) if choisie else None,
        "peut_administrer_les_grilles": peut_administrer_les_grilles(request.user),
        "a_reproposer": 0 if grille.publiee_le else notes_a_reproposer(grille),
    }
    return render(request, "certification/grille_effet.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def publier(request: Requete, pk: int) -> HttpResponse:
    grille = brouillon_ou_404(request.user, pk)
    refus: list[str] = []
    if request.method == "POST":
        try:
            publier_grille(utilisateur=request.user, grille=grille)
        except ValidationError as erreur:
            refus = erreur.messages
        else:
            messages.success(request, f"Grille {grille} publiée : elle ne change plus.")
            return redirect("certification:grille", pk)
    reference = grille_de_reference(grille)
    contexte = {
        "grille": grille,
        "reference": reference,
        "differences": differences(grille, reference) if reference else [],
        "refus": refus,
        "a_reproposer": notes_a_reproposer(grille),
    }
    return render(request, "certification/grille_publier.html", contexte, status=422 if refus else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def nouvelle_version(request: Requete, pk: int) -> HttpResponse:
    grille = grille_a_administrer_ou_404(request.user, pk)
    sessions = SessionExamen.objects.filter(diplome=grille.version.diplome_id).order_by("-annee")
    formulaire = NouvelleVersionForm(request.POST if request.method == "POST" else None, sessions=sessions)
    if formulaire.is_valid():
        session = formulaire.cleaned_data["session"]
        semblables = Grille.objects.filter(
            version=grille.version_id, option=grille.option_id, epreuve=grille.epreuve_id, session=session
        )
        if deja := semblables.filter(publiee_le__isnull=True).order_by("-numero").first():
            messages.info(request, "Un brouillon était déjà en préparation : le voici.")
            return redirect("certification:grille_modifier", deja.pk)
        copie = nouvelle_version_de_grille(utilisateur=request.user, grille=grille, session=session)
        messages.success(request, f"Brouillon {copie} prêt : corrigez-le, voyez son effet, puis publiez-le.")
        return redirect("certification:grille_modifier", copie.pk)
    contexte = {"grille": grille, "formulaire": formulaire}
    return render(request, "certification/grille_version.html", contexte, status=422 if formulaire.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def abandonner(request: Requete, pk: int) -> HttpResponse:
    grille = brouillon_ou_404(request.user, pk)
    if request.method == "POST":
        abandonner_brouillon(utilisateur=request.user, grille=grille)
        messages.success(request, f"Brouillon {grille} abandonné.")
        return redirect("certification:grilles")
    return render(request, "certification/grille_abandonner.html", {"grille": grille})
