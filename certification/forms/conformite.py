"""Réduire le tableau de conformité d'une classe."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms

from referentiel.models import Epreuve, Option


class Filtre(NamedTuple):
    """Vide : tous."""

    option: str
    epreuve: str
    etat: str


class FiltreConformiteForm(forms.Form):
    """Une valeur inconnue ne filtre rien."""

    option = forms.ChoiceField(label="Option", required=False)
    epreuve = forms.ChoiceField(label="Épreuve", required=False)
    etat = forms.ChoiceField(
        label="État",
        required=False,
        choices=[
            ("", "Tous"),
            ("bloquant", "À régler"),
            ("avertissement", "À regarder"),
            ("conforme", "Conformes"),
            ("sans_objet", "Sans objet"),
        ],
    )

    def __init__(self, *args: Any, options: Iterable[Option], epreuves: Iterable[Epreuve], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for nom, codes in (("option", options), ("epreuve", epreuves)):
            champ = self.fields[nom]
            if isinstance(champ, forms.ChoiceField):
                champ.choices = [("", "Toutes"), *((un.code, un.code) for un in codes)]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select form-select-sm"

    def filtre(self) -> Filtre:
        self.is_valid()
        return Filtre(*(self.cleaned_data.get(nom, "") for nom in Filtre._fields))
