"""Convoquer une commission et noter qui est là."""

from collections.abc import Sequence
from typing import Any, cast

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.core.exceptions import ValidationError

from centres.enums import ROLES_EQUIPE, Role
from centres.forms.base import FicheForm
from centres.models import Classe, Utilisateur
from certification.models import Commission, MembreCommission
from certification.services.commissions import DonneesConvocation, DonneesMembre
from evaluations.models import Situation
from referentiel.reglement import qualites_suggerees

LIGNES_LIBRES = 3
PROFESSIONNEL = "Représentant du monde professionnel"


class ConvocationForm(FicheForm):
    date = forms.DateTimeField(
        label="Date et heure",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    lieu = forms.CharField(label="Lieu", max_length=120, help_text="Salle, bâtiment : il figure sur la convocation.")
    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def disposition(self) -> Layout:
        return Layout("version", Row(Column("date", css_class="col-sm-5"), Column("lieu", css_class="col-sm-7")))


class MembreForm(forms.Form):
    """Un membre : une personne de l'équipe, ou un nom. Une ligne vide ne compte pas."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    utilisateur = forms.ModelChoiceField(
        label="Compte", queryset=Utilisateur.objects.none(), required=False, empty_label="sans compte"
    )
    nom = forms.CharField(label="Nom et prénom, sans compte", max_length=120, required=False)
    qualite = forms.CharField(label="Qualité", max_length=120, required=False)
    est_president = forms.BooleanField(label="Préside", required=False)
    est_professionnel = forms.BooleanField(label="Représente la profession", required=False)

    def __init__(self, *args: Any, equipe: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        compte = self.fields["utilisateur"]
        if isinstance(compte, forms.ModelChoiceField):
            compte.queryset = equipe
        for nom, champ in self.fields.items():
            if isinstance(champ, forms.BooleanField):
                champ.widget.attrs["class"] = "form-check-input"
            elif nom != "pk":
                champ.widget.attrs["class"] = "form-select" if nom == "utilisateur" else "form-control"
        self.fields["qualite"].widget.attrs["list"] = "qualites"

    @property
    def est_vide(self) -> bool:
        return not (self.cleaned_data.get("utilisateur") or self.cleaned_data.get("nom", "").strip())

    def membre(self) -> DonneesMembre:
        lu = self.cleaned_data
        return DonneesMembre(
            pk=lu["pk"],
            utilisateur=lu["utilisateur"],
            nom=lu["nom"],
            qualite=lu["qualite"],
            est_president=lu["est_president"],
            est_professionnel=lu["est_professionnel"],
        )


class _Membres(forms.BaseFormSet[MembreForm]):
    def membres(self) -> tuple[DonneesMembre, ...]:
        return tuple(une.membre() for une in self.forms if not une.est_vide)


_FORMSET = cast(
    type[_Membres],
    forms.formset_factory(MembreForm, formset=_Membres, extra=LIGNES_LIBRES, max_num=60, validate_max=True),
)


class Convocation:
    """La fiche et ses membres, saisis ensemble."""

    def __init__(self, donnees: Any, classe: Classe, commission: Commission | None, chef: Utilisateur) -> None:
        equipe = _equipe(classe)
        initiaux = _initiaux(commission) if commission else _proposes(classe, chef)
        fiche = {"date": commission.date, "lieu": commission.lieu, "version": commission.version} if commission else {}
        self.fiche = ConvocationForm(donnees, initial=fiche)
        self.membres = _FORMSET(donnees, prefix="membres", initial=initiaux, form_kwargs={"equipe": equipe})
        self.qualites = [*qualites_suggerees(classe.version.regles_ccf), PROFESSIONNEL]

    def est_valide(self) -> bool:
        return all((self.fiche.is_valid(), self.membres.is_valid()))

    def donnees(self) -> DonneesConvocation:
        lue = self.fiche.cleaned_data
        return DonneesConvocation(date=lue["date"], lieu=lue["lieu"], membres=self.membres.membres())

    def reporter(self, refus: ValidationError) -> None:
        self.fiche.reporter(refus)


class PresencesForm(forms.Form):
    """Une réponse par membre ; vide : pas encore notée."""

    def __init__(self, donnees: Any, membres: Sequence[MembreCommission]) -> None:
        super().__init__(donnees)
        for membre in membres:
            self.fields[f"membre_{membre.pk}"] = forms.TypedChoiceField(
                label=str(membre),
                required=False,
                choices=[("oui", "Présent"), ("non", "Absent"), ("", "Non notée")],
                coerce=lambda lu: lu == "oui",
                empty_value=None,
                initial={True: "oui", False: "non", None: ""}[membre.est_present],
                widget=forms.RadioSelect,
            )

    def presences(self) -> dict[int, bool | None]:
        return {int(nom.removeprefix("membre_")): valeur for nom, valeur in self.cleaned_data.items()}


def _equipe(classe: Classe) -> Any:
    roles = ROLES_EQUIPE | {Role.COMMISSION}
    siegent = Utilisateur.objects.filter(affectations__centre=classe.centre_id, affectations__role__in=roles)
    return siegent.distinct().order_by("last_name", "first_name", "pk")


def _initiaux(commission: Commission) -> list[dict[str, Any]]:
    champs = ("pk", "utilisateur", "nom", "qualite", "est_president", "est_professionnel")
    return [dict(ligne) for ligne in commission.membres.order_by("pk").values(*champs)]


def _proposes(classe: Classe, chef: Utilisateur) -> list[dict[str, Any]]:
    """Pour commencer : le chef de centre, ceux qui ont évalué la classe, un professionnel à nommer."""
    qualites = qualites_suggerees(classe.version.regles_ccf)
    auteurs = Situation.objects.filter(classe=classe).exclude(auteur=chef).order_by().values("auteur")
    evaluent = Utilisateur.objects.filter(pk__in=auteurs).order_by("last_name", "first_name", "pk")
    return [
        {"utilisateur": chef.pk, "qualite": qualites[0] if qualites else "Chef de centre", "est_president": True},
        *({"utilisateur": un.pk, "qualite": "Équipe pédagogique"} for un in evaluent),
        {"qualite": PROFESSIONNEL, "est_professionnel": True},
    ]
