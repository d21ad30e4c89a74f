"""Ce que partagent les formulaires de l'organisation : la fiche relue avant d'écrire, les filtres d'une liste."""

from collections.abc import Callable
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError

from centres.imports.valeurs import CaseRefusee

MASCULINS = {"centre", "statut", "role", "etat"}


class ChampDate(forms.DateField):
    """Une date saisie avec le calendrier du navigateur."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ChampNumero(forms.CharField):
    """Un numéro lu comme le lirait un import : mêmes refus, même écriture."""

    def __init__(self, *args: Any, lire: Callable[[str], str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.lire = lire

    def clean(self, value: Any) -> str:
        try:
            return self.lire(super().clean(value))
        except CaseRefusee as refus:
            raise ValidationError(str(refus)) from refus


def reporter(formulaire: forms.Form, refus: ValidationError) -> None:
    """Les messages du service, au champ quand le formulaire l'a, sinon en tête."""
    if not hasattr(refus, "error_dict"):
        formulaire.add_error(None, refus.messages)
        return
    for champ, textes in refus.message_dict.items():
        formulaire.add_error(champ if champ in formulaire.fields else None, textes)


class FicheForm(forms.Form):
    """Un formulaire dessiné par crispy, qui rapporte l'empreinte de la fiche qu'il montrait."""

    empreinte = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        if disposition := self.disposition():
            self.helper.layout = disposition

    def disposition(self) -> Layout | None:
        return None

    def choisir(self, champ: str, choix: list[tuple[Any, str]]) -> None:
        cible = self.fields[champ]
        if isinstance(cible, forms.ChoiceField):
            cible.choices = choix

    def saisie(self) -> dict[str, Any]:
        """Les valeurs saisies, sans l'empreinte."""
        return {champ: valeur for champ, valeur in self.cleaned_data.items() if champ != "empreinte"}

    def reporter(self, refus: ValidationError) -> None:
        reporter(self, refus)


class FiltreForm(forms.Form):
    """Une barre de filtres, par l'adresse de la page ; une valeur inconnue est ignorée."""

    q = forms.CharField(label="Mots", required=False, max_length=80, widget=forms.SearchInput)

    def __init__(self, *args: Any, choix: dict[str, list[tuple[Any, str]]], **options: Any) -> None:
        super().__init__(*args, **options)
        for champ, valeurs in choix.items():
            cible = self.fields[champ]
            if isinstance(cible, forms.ChoiceField):
                cible.choices = [("", "Tous" if champ in MASCULINS else "Toutes"), *valeurs]
        for dessine in self.fields.values():
            dessine.widget.attrs["class"] = "form-select" if isinstance(dessine, forms.ChoiceField) else "form-control"
        self.is_valid()

    @property
    def est_vide(self) -> bool:
        return not any(self.filtre().values())

    def filtre(self) -> dict[str, Any]:
        return {champ: self.cleaned_data.get(champ) or "" for champ in self.fields}


class FiltreClassesForm(FiltreForm):
    annee = forms.TypedChoiceField(label="Année scolaire", required=False, coerce=int)
    cycle = forms.TypedChoiceField(label="Année du cycle", required=False, coerce=int)
    centre = forms.TypedChoiceField(label="Centre", required=False, coerce=int)


class FiltreApprenantsForm(FiltreForm):
    classe = forms.TypedChoiceField(label="Classe", required=False, coerce=int)
    option = forms.ChoiceField(label="Option", required=False)
    statut = forms.ChoiceField(label="Statut", required=False)
    annee = forms.TypedChoiceField(label="Année scolaire", required=False, coerce=int)


class FiltrePersonnelsForm(FiltreForm):
    role = forms.ChoiceField(label="Rôle", required=False)
    centre = forms.TypedChoiceField(label="Centre", required=False, coerce=int)
    etat = forms.ChoiceField(label="État", required=False)


class FiltreEntreprisesForm(FiltreForm):
    centre = forms.TypedChoiceField(label="Centre", required=False, coerce=int)
